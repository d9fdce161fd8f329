#include "vectors/scope_vectors.h"

#include "vectors/index_file.h"

#include <utility>

namespace inferenceflow::vectors {

scope_vectors::scope_vectors(const row_format& format, std::size_t exact_rows_max)
    : format_{format}
    , exact_rows_max_{exact_rows_max}
    , rows_{format} {}

void scope_vectors::insert(entry_id id, const std::byte* row) {
  if (!graph_ && rows_.size() >= exact_rows_max_) {
    graph_.emplace(format_, first_graph_slots());
  }
  if (!graph_) {
    rows_.append(id, row);
    return;
  }
  graph_->add(id, row);
  for (std::size_t moved = 0; moved < k_rows_moved && !rows_.empty(); ++moved) {
    graph_->add(rows_.last_id(), rows_.last_row());
    rows_.pop_last();
  }
}

bool scope_vectors::erase(entry_id id) {
  if (rows_.erase(id)) {
    return true;
  }
  if (!graph_ || !graph_->erase(id)) {
    return false;
  }
  give_up_sparse_graph();
  return true;
}

void scope_vectors::give_up_sparse_graph() {
  // Half the threshold: a scope that hovers around it must not go back and forth.
  const bool few = size() <= exact_rows_max_ / 2;
  const bool sparse = graph_->slots() > k_slots_per_row_max * graph_->rows();
  if (!few && !sparse) {
    return;
  }
  rows_.reserve(size());
  graph_->for_each([this](entry_id id, const std::byte* row) { rows_.append(id, row); });
  graph_.reset();
}

void scope_vectors::clear() {
  rows_.clear();
  graph_.reset();
}

bool scope_vectors::contains(entry_id id) const {
  return (graph_ && graph_->contains(id)) || rows_.contains(id);
}

std::vector<entry_id> scope_vectors::ids() const {
  std::vector<entry_id> all(rows_.ids().begin(), rows_.ids().end());
  if (graph_) {
    all.reserve(size());
    graph_->for_each([&all](entry_id id, const std::byte*) { all.push_back(id); });
  }
  return all;
}

void scope_vectors::nearest(const std::byte* query, best_neighbours& best) const {
  rows_.nearest(query, best);
  if (graph_) {
    graph_->nearest(query, best);
  }
}

std::size_t scope_vectors::bytes() const {
  return rows_.bytes() + (graph_ ? graph_->bytes() : 0);
}

std::size_t scope_vectors::bytes_after_insert() const {
  if (graph_) {
    return rows_.bytes() + graph_->bytes_after_adds(1 + k_rows_moved);
  }
  if (rows_.size() >= exact_rows_max_) {
    return rows_.bytes() + hnsw_graph::bytes_of_new(format_, first_graph_slots());
  }
  return rows_.bytes_after_append();
}

void scope_vectors::write(index_writer& into) const {
  into.reserve(bytes());
  rows_.write(into);
  into.number<std::uint8_t>(graph_ ? 1 : 0);
  if (graph_) {
    graph_->write(into);
  }
}

result<void> scope_vectors::read(index_reader& from) {
  if (auto read = rows_.read(from); !read) {
    return read;
  }
  std::uint8_t with_graph = 0;
  if (!from.number(with_graph) || with_graph > 1) {
    return from.fault("a scope is cut off");
  }
  if (with_graph == 0) {
    return {};
  }
  auto graph = hnsw_graph::read(from, format_);
  if (!graph) {
    return graph.error();
  }
  for (const auto id : rows_.ids()) {
    if (graph->contains(id)) {
      return from.fault("an entry stands there twice");
    }
  }
  graph_.emplace(std::move(*graph));
  return {};
}

} // namespace inferenceflow::vectors
