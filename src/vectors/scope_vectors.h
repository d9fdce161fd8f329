/// The vectors of one scope: rows compared one by one while they are few, a graph when they are many.
///
/// Role:      vector_index keeps one per scope and locks it.
/// Lifecycle: construct → insert/erase* → destroy.
/// Threading: const functions may run at once; changes alone (the owner's lock).
/// Bounds:    bytes_after_insert() lets the owner refuse; a change moves at most k_rows_moved rows into the graph.
/// Source:    threshold: the table in README.md, measured by `make bench-semantic`.
///
/// No change ever builds a whole graph. When rows get too many, an empty graph begins, and each insert moves a few rows
/// into it; until none is left, a search asks both. When entries get few, or most slots are erased ones, what is left
/// becomes plain rows again, which is a copy.
#pragma once

#include "base/error.h"
#include "vectors/flat_rows.h"
#include "vectors/hnsw_graph.h"
#include "vectors/neighbour.h"
#include "vectors/row_format.h"

#include <cstddef>
#include <optional>
#include <vector>

namespace inferenceflow::vectors {

class index_reader;
class index_writer;

/// With more rows than this a scope gets a graph: where both ways take the same time (README.md).
inline constexpr std::size_t k_exact_rows_max = 4096;

/// Rows that one insert moves into a new graph, besides its own.
inline constexpr std::size_t k_rows_moved = 3;

/// A graph with fewer rows than one for this many slots is given up: walking through the erased ones takes longer than
/// comparing all that is left.
inline constexpr std::size_t k_slots_per_row_max = 8;

class scope_vectors {
public:
  /// @param format          must outlive this.
  /// @param exact_rows_max  k_exact_rows_max but in tests.
  explicit scope_vectors(const row_format& format, std::size_t exact_rows_max = k_exact_rows_max);

  /// @param id   not yet held.
  /// @param row  [format.row_bytes()]
  void insert(entry_id id, const std::byte* row);
  /// True when `id` was there; never needs more bytes than before.
  bool erase(entry_id id);

  /// Gives everything back.
  void clear();

  [[nodiscard]] bool contains(entry_id id) const;
  [[nodiscard]] std::size_t size() const { return rows_.size() + (graph_ ? graph_->size() : 0); }
  /// Whether any entry is in a graph: whether nearest() may miss one.
  [[nodiscard]] bool approximate() const { return graph_.has_value(); }
  [[nodiscard]] std::vector<entry_id> ids() const;

  void nearest(const std::byte* query, best_neighbours& best) const;

  [[nodiscard]] std::size_t bytes() const;
  /// An upper bound of bytes() after one insert.
  [[nodiscard]] std::size_t bytes_after_insert() const;

  void write(index_writer& into) const;
  /// Takes in what write() wrote; this must be empty. @returns error::invalid_request  see the parts
  [[nodiscard]] result<void> read(index_reader& from);

private:
  [[nodiscard]] std::size_t first_graph_slots() const { return rows_.size() + rows_.size() / 2; }
  void give_up_sparse_graph();

  const row_format& format_;
  std::size_t exact_rows_max_;
  flat_rows rows_;
  std::optional<hnsw_graph> graph_;
};

} // namespace inferenceflow::vectors
