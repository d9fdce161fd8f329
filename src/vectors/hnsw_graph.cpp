#include "vectors/hnsw_graph.h"

#include "vectors/hnsw_state.h"
#include "vectors/search_scratch.h"

#include <algorithm>
#include <cstring>
#include <mutex>
#include <utility>

namespace inferenceflow::vectors {

namespace {

constexpr std::size_t k_first_slots = 1024;
/// A node of label_lookup_ as malloc gives it, and two pointers of its buckets.
constexpr std::size_t k_label_bytes = 48;
/// Room for the upper layers of one more row; a row on a higher layer than this is one in 16^8.
constexpr std::size_t k_upper_layers_charged = 8;
/// An equal row is at the very end of its search, so few candidates do.
constexpr std::size_t k_equal_breadth = 16;

std::size_t grown(std::size_t capacity) {
  return capacity + std::max(k_first_slots, capacity / 4);
}

/// Per slot: row, links and label; hnswlib's two locks, level, pointer and visited mark; this class's bit and free
/// slot.
std::size_t slot_bytes(const row_format& format) {
  return layer0_bytes(format) + 2 * sizeof(std::mutex) + sizeof(int) + sizeof(char*) + sizeof(hnswlib::vl_type) + 1 +
         sizeof(slot_type);
}

} // namespace

hnsw_graph::state::state(const row_format& rows, std::size_t capacity)
    : format{rows}
    , space{rows}
    , graph{&space, capacity, k_graph_links, k_graph_build_breadth} {
  fit_to_capacity();
}

void hnsw_graph::state::fit_to_capacity() {
  // hnswlib makes 65,536 of these for any graph, but uses no more than there are slots.
  const auto locks = std::min<std::size_t>(graph.max_elements_, graph.max_update_element_locks);
  std::vector<std::mutex>(locks).swap(graph.link_list_update_locks_);
  graph.label_lookup_.reserve(graph.max_elements_);
  dead.resize((graph.max_elements_ + 63) / 64);
  free_slots.reserve(graph.max_elements_);
}

hnsw_graph::hnsw_graph(const row_format& format, std::size_t capacity)
    : state_{std::make_unique<state>(format, std::max(capacity, k_first_slots))} {}

hnsw_graph::hnsw_graph(std::unique_ptr<state> made)
    : state_{std::move(made)} {}
hnsw_graph::hnsw_graph(hnsw_graph&&) noexcept = default;
hnsw_graph::~hnsw_graph() = default;

void hnsw_graph::add(entry_id id, const std::byte* row) {
  auto& graph = state_->graph;
  if (const auto slot = state_->equal_to(row)) {
    state_->twins.add(id, *slot);
    return;
  }
  if (!state_->free_slots.empty()) {
    // The slot's old row is taken out of its neighbours' lists and the new one linked where it belongs.
    const slot_type slot = state_->free_slots.back();
    state_->free_slots.pop_back();
    state_->mark(slot, false);
    graph.setExternalLabel(slot, id);
    graph.label_lookup_[id] = slot;
    graph.updatePoint(row, slot, 1.0F);
    return;
  }
  if (graph.cur_element_count == graph.max_elements_) {
    graph.resizeIndex(grown(graph.max_elements_));
    state_->fit_to_capacity();
  }
  const auto slot = static_cast<slot_type>(graph.cur_element_count);
  graph.addPoint(row, id);
  state_->upper_bytes += static_cast<std::size_t>(graph.element_levels_[slot]) * graph.size_links_per_element_;
}

bool hnsw_graph::erase(entry_id id) {
  if (state_->twins.erase(id)) {
    return true;
  }
  const auto found = state_->graph.label_lookup_.find(id);
  if (found == state_->graph.label_lookup_.end()) {
    return false;
  }
  const slot_type slot = found->second;
  state_->graph.label_lookup_.erase(found);
  if (entry_id heir = 0; state_->twins.take(slot, heir)) {
    state_->graph.setExternalLabel(slot, heir);
    state_->graph.label_lookup_[heir] = slot;
    return true;
  }
  state_->mark(slot, true);
  state_->free_slots.push_back(slot);
  return true;
}

bool hnsw_graph::contains(entry_id id) const {
  return state_->graph.label_lookup_.count(id) != 0 || state_->twins.contains(id);
}

std::size_t hnsw_graph::size() const {
  return state_->graph.label_lookup_.size() + state_->twins.size();
}

std::size_t hnsw_graph::rows() const {
  return state_->graph.label_lookup_.size();
}

std::size_t hnsw_graph::slots() const {
  return state_->graph.cur_element_count;
}

void hnsw_graph::for_each(const std::function<void(entry_id, const std::byte*)>& visit) const {
  for (const auto& [id, slot] : state_->graph.label_lookup_) {
    visit(id, state_->row(slot));
  }
  for (const auto& [id, slot] : state_->twins.all()) {
    visit(id, state_->row(slot));
  }
}

std::size_t hnsw_graph::bytes() const {
  const auto& graph = state_->graph;
  return graph.max_elements_ * slot_bytes(state_->format) + state_->upper_bytes +
         graph.label_lookup_.size() * k_label_bytes + state_->twins.bytes();
}

std::size_t hnsw_graph::bytes_after_adds(std::size_t count) const {
  const auto& graph = state_->graph;
  std::size_t most = bytes() + count * (k_label_bytes + k_upper_layers_charged * graph.size_links_per_element_);
  for (auto capacity = graph.max_elements_; capacity < graph.cur_element_count + count; capacity = grown(capacity)) {
    most += (grown(capacity) - capacity) * slot_bytes(state_->format);
  }
  return most;
}

std::size_t hnsw_graph::bytes_of_new(const row_format& format, std::size_t count) {
  const std::size_t upper = k_upper_layers_charged * (k_graph_links + 1) * sizeof(slot_type);
  return std::max(count, k_first_slots) * slot_bytes(format) + count * (k_label_bytes + upper);
}

void hnsw_graph::nearest(const std::byte* query, best_neighbours& best, std::size_t breadth) const {
  if (slots() == 0) {
    return;
  }
  breadth = std::max(breadth, best.count());
  auto& scratch = search_scratch::of_this_thread();
  scratch.start(slots());
  state_->search(query, state_->descend(query), breadth, scratch);
  for (const auto& found : scratch.found) {
    best.offer({.id = state_->graph.getExternalLabel(found.slot), .similarity = found.similarity});
    if (!state_->twins.empty()) {
      for (const entry_id twin : state_->twins.of(found.slot)) {
        best.offer({.id = twin, .similarity = found.similarity});
      }
    }
  }
}

std::optional<slot_type> hnsw_graph::state::equal_to(const std::byte* row_sought) const {
  if (graph.cur_element_count == 0) {
    return std::nullopt;
  }
  auto& scratch = search_scratch::of_this_thread();
  scratch.start(graph.cur_element_count);
  search(row_sought, descend(row_sought), k_equal_breadth, scratch);
  for (const auto& found : scratch.found) {
    if (std::memcmp(row(found.slot), row_sought, format.row_bytes()) == 0) {
      return found.slot;
    }
  }
  return std::nullopt;
}

/// Greedy descent through the upper layers: where the search of the lowest one starts.
slot_type hnsw_graph::state::descend(const std::byte* query) const {
  slot_type at = graph.enterpoint_node_;
  float similarity = format.similarity(query, row(at));
  for (int layer = graph.maxlevel_; layer > 0; --layer) {
    for (bool moved = true; moved;) {
      moved = false;
      for (const slot_type candidate : links(at, layer)) {
        const float each = format.similarity(query, row(candidate));
        if (each > similarity) {
          similarity = each;
          at = candidate;
          moved = true; // the list being walked stays the old one's; the new one's is next
        }
      }
    }
  }
  return at;
}

/// Algorithm 2 of the paper on the lowest layer; way-points are walked through but never found.
void hnsw_graph::state::search(const std::byte* query, slot_type start, std::size_t breadth,
                               search_scratch& scratch) const {
  const auto take = [&](slot_type slot, float similarity) {
    if (scratch.found.size() >= breadth && similarity <= scratch.found.front().similarity) {
      return;
    }
    scratch.push_open({similarity, slot});
    if (!is_dead(slot)) {
      scratch.push_found({similarity, slot}, breadth);
    }
  };
  scratch.visit(start);
  take(start, format.similarity(query, row(start)));
  while (!scratch.open.empty()) {
    const auto nearest_open = scratch.pop_open();
    if (scratch.found.size() >= breadth && nearest_open.similarity < scratch.found.front().similarity) {
      return;
    }
    scratch.fresh.clear();
    for (const slot_type candidate : links(nearest_open.slot, 0)) {
      if (scratch.visit(candidate)) {
        scratch.fresh.push_back(candidate);
      }
    }
    for (std::size_t i = 0; i < scratch.fresh.size(); ++i) {
      // Rows lie all over the memory: ask for the one after the next while this one is compared.
      if (i + 2 < scratch.fresh.size()) {
        prefetch(scratch.fresh[i + 2]);
      }
      take(scratch.fresh[i], format.similarity(query, row(scratch.fresh[i])));
    }
  }
}

void hnsw_graph::state::prefetch(slot_type slot) const {
  constexpr std::size_t k_line_bytes = 64;
  const auto* from = row(slot);
  for (std::size_t offset = 0; offset < format.row_bytes(); offset += k_line_bytes) {
    __builtin_prefetch(from + offset);
  }
}

} // namespace inferenceflow::vectors
