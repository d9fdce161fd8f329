// A graph as bytes. hnswlib can load a file too, but believes every number in it.
#include "vectors/hnsw_state.h"
#include "vectors/index_file.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <utility>

namespace inferenceflow::vectors {

namespace {

constexpr std::size_t k_level_max = 32;

} // namespace

void hnsw_graph::write(index_writer& into) const {
  const auto& graph = state_->graph;
  const std::size_t count = graph.cur_element_count;
  into.number<std::uint64_t>(count);
  into.number<std::uint32_t>(k_graph_links);
  into.number<std::uint32_t>(graph.enterpoint_node_);
  for (slot_type slot = 0; slot < count; ++slot) {
    into.number<std::uint8_t>(static_cast<std::uint8_t>(graph.element_levels_[slot]));
  }
  into.bytes(state_->dead.data(), (count + 63) / 64 * sizeof(std::uint64_t));
  into.bytes(graph.data_level0_memory_, count * graph.size_data_per_element_);
  for (slot_type slot = 0; slot < count; ++slot) {
    const auto level = static_cast<std::size_t>(graph.element_levels_[slot]);
    if (level > 0) {
      into.bytes(graph.linkLists_[slot], level * graph.size_links_per_element_);
    }
  }
  into.number<std::uint64_t>(state_->twins.size());
  for (const auto& [id, slot] : state_->twins.all()) {
    into.number<std::uint64_t>(id);
    into.number<std::uint32_t>(slot);
  }
}

result<hnsw_graph> hnsw_graph::read(index_reader& from, const row_format& format) {
  std::uint64_t count = 0;
  std::uint32_t links = 0;
  std::uint32_t entry = 0;
  if (!from.number(count) || !from.number(links) || !from.number(entry)) {
    return from.fault("a graph is cut off");
  }
  if (links != k_graph_links) {
    return from.fault("a graph with another number of links per row");
  }
  if (count == 0 || count > std::numeric_limits<std::int32_t>::max() || entry >= count ||
      !from.has(count, layer0_bytes(format))) {
    return from.fault("a graph whose size or entry point cannot be");
  }
  std::vector<std::uint8_t> levels(count);
  std::vector<std::uint64_t> dead((count + 63) / 64);
  if (!from.bytes(levels.data(), levels.size()) || !from.bytes(dead.data(), dead.size() * sizeof(std::uint64_t))) {
    return from.fault("a graph is cut off");
  }
  const auto highest = *std::max_element(levels.begin(), levels.end());
  if (highest > k_level_max || levels[entry] != highest) {
    return from.fault("a graph whose entry point is not on its highest layer");
  }
  auto made = std::make_unique<state>(format, count);
  made->graph.enterpoint_node_ = entry;
  made->graph.maxlevel_ = highest;
  made->dead = std::move(dead);
  if (!from.bytes(made->graph.data_level0_memory_, count * made->graph.size_data_per_element_)) {
    return from.fault("a graph's rows are cut off");
  }
  if (auto upper = made->read_upper_layers(from, levels); !upper) {
    return upper.error();
  }
  for (slot_type slot = 0; slot < count; ++slot) {
    if (auto checked = made->check_slot(from, slot); !checked) {
      return checked.error();
    }
  }
  if (auto named = made->name_slots(from); !named) {
    return named.error();
  }
  if (auto twins = made->read_twins(from); !twins) {
    return twins.error();
  }
  return hnsw_graph{std::move(made)};
}

result<void> hnsw_graph::state::read_upper_layers(index_reader& from, const std::vector<std::uint8_t>& levels) {
  for (std::size_t slot = 0; slot < levels.size(); ++slot) {
    // hnswlib's destructor frees the lists of the first cur_element_count slots that have a level.
    const std::size_t bytes = levels[slot] * graph.size_links_per_element_;
    graph.linkLists_[slot] = nullptr;
    if (bytes > 0) {
      if (!from.has(bytes, 1)) {
        return from.fault("a graph's upper layers are cut off");
      }
      // NOLINTNEXTLINE(cppcoreguidelines-no-malloc,cppcoreguidelines-owning-memory): hnswlib frees it
      auto* list = static_cast<char*>(std::malloc(bytes));
      if (list == nullptr) {
        return make_error(error_kind::unavailable, "no memory for a graph's upper layers");
      }
      graph.linkLists_[slot] = list;
    }
    graph.element_levels_[slot] = levels[slot];
    graph.cur_element_count = slot + 1;
    if (bytes > 0 && !from.bytes(graph.linkLists_[slot], bytes)) {
      return from.fault("a graph's upper layers are cut off");
    }
    upper_bytes += bytes;
  }
  return {};
}

result<void> hnsw_graph::state::check_slot(const index_reader& from, slot_type slot) const {
  for (int layer = 0; layer <= graph.element_levels_[slot]; ++layer) {
    std::uint32_t count = 0; // the whole word: its upper half holds hnswlib's own marks, which are not used
    std::memcpy(&count, graph.get_linklist_at_level(slot, layer), sizeof count);
    if (count > (layer == 0 ? graph.maxM0_ : graph.maxM_)) {
      return from.fault("a row with more links than there can be");
    }
    for (const slot_type target : links(slot, layer)) {
      if (target >= graph.cur_element_count || target == slot || graph.element_levels_[target] < layer) {
        return from.fault("a link that leads nowhere");
      }
    }
  }
  if (!format.valid(row(slot))) {
    return from.fault("a row is no quantised vector");
  }
  return {};
}

result<void> hnsw_graph::state::name_slots(const index_reader& from) {
  for (slot_type slot = 0; slot < graph.cur_element_count; ++slot) {
    if (is_dead(slot)) {
      free_slots.push_back(slot);
    } else if (!graph.label_lookup_.emplace(graph.getExternalLabel(slot), slot).second) {
      return from.fault("an entry stands there twice");
    }
  }
  return {};
}

result<void> hnsw_graph::state::read_twins(index_reader& from) {
  std::uint64_t count = 0;
  if (!from.number(count) || !from.has(count, sizeof(entry_id) + sizeof(slot_type))) {
    return from.fault("the list of equal rows is longer than the file");
  }
  for (; count > 0; --count) {
    entry_id id = 0;
    slot_type slot = 0;
    if (!from.number(id) || !from.number(slot)) {
      return from.fault("the list of equal rows is cut off");
    }
    if (slot >= graph.cur_element_count || is_dead(slot) || graph.label_lookup_.count(id) != 0 || twins.contains(id)) {
      return from.fault("an equal row of none, or one that stands there twice");
    }
    twins.add(id, slot);
  }
  return {};
}

} // namespace inferenceflow::vectors
