/// A navigable graph over rows: approximate nearest neighbours in logarithmic time, with insert, erase and reuse.
///
/// Role:      what scope_vectors puts a large scope's rows into; the only file that knows hnswlib.
/// Lifecycle: construct or read() → add/erase* → destroy.
/// Threading: const functions may run at once; changes alone (the owner's lock).
/// Bounds:    slots() never shrinks; bytes_after_adds() lets the owner refuse. A search visits at most slots() rows.
/// Source:    Malkov and Yashunin, arXiv 1603.09320; hnswlib 0.6.2 (docs/adr/0021-hnswlib.md).
///
/// Erased entries stay in the graph as way-points, marked in a bit set of this class, until an add takes their slot.
/// hnswlib's own marks are not used: with them its insert takes the last element of an empty list when every candidate
/// of a layer is marked.
#pragma once

#include "base/error.h"
#include "vectors/neighbour.h"
#include "vectors/row_format.h"

#include <cstddef>
#include <functional>
#include <memory>

namespace inferenceflow::vectors {

class index_reader;
class index_writer;

/// Links per row on the upper layers, twice as many on the lowest. More: better recall, slower, larger.
inline constexpr std::size_t k_graph_links = 16;
/// Candidates looked at when a row is linked.
inline constexpr std::size_t k_graph_build_breadth = 128;
/// Candidates kept by a search; at least the number of neighbours asked for. Measured in README.md.
inline constexpr std::size_t k_graph_search_breadth = 64;

class hnsw_graph {
public:
  /// @param format    must outlive this.
  /// @param capacity  slots to make room for; grows by itself.
  hnsw_graph(const row_format& format, std::size_t capacity);
  hnsw_graph(hnsw_graph&&) noexcept;
  hnsw_graph& operator=(hnsw_graph&&) = delete;
  hnsw_graph(const hnsw_graph&) = delete;
  hnsw_graph& operator=(const hnsw_graph&) = delete;
  ~hnsw_graph();

  /// @param id  not yet held.
  void add(entry_id id, const std::byte* row);
  /// True when `id` was there.
  bool erase(entry_id id);

  [[nodiscard]] bool contains(entry_id id) const;
  /// Entries held, without erased ones.
  [[nodiscard]] std::size_t size() const;
  /// Rows held: entries with equal rows share one.
  [[nodiscard]] std::size_t rows() const;
  /// Rows held and way-points.
  [[nodiscard]] std::size_t slots() const;

  /// Offers the nearest rows it finds.
  /// @param breadth  candidates kept; raised to best.count().
  void nearest(const std::byte* query, best_neighbours& best, std::size_t breadth = k_graph_search_breadth) const;

  /// Calls `visit` for each entry held; the graph must not change meanwhile.
  void for_each(const std::function<void(entry_id, const std::byte* row)>& visit) const;

  [[nodiscard]] std::size_t bytes() const;
  /// An upper bound of bytes() after `count` more adds.
  [[nodiscard]] std::size_t bytes_after_adds(std::size_t count) const;
  /// An upper bound of bytes() of a new graph with `count` entries.
  [[nodiscard]] static std::size_t bytes_of_new(const row_format& format, std::size_t count);

  void write(index_writer& into) const;
  /// Builds what write() wrote. Every number is checked: no link leaves the graph, whatever the file says.
  /// @returns error::invalid_request  truncated, or anything that an insert could not have made
  [[nodiscard]] static result<hnsw_graph> read(index_reader& from, const row_format& format);

private:
  struct state;
  explicit hnsw_graph(std::unique_ptr<state> made);

  std::unique_ptr<state> state_;
};

} // namespace inferenceflow::vectors
