/// Rows one behind the other, searched by comparing with every one.
///
/// Role:      all of a small scope, and the rows of a large one that its graph has not taken in yet.
/// Lifecycle: construct → append/erase* → destroy.
/// Threading: const functions may run at once; changes alone (the owner's lock).
/// Bounds:    none of its own; bytes() and bytes_after_append() let the owner refuse.
#pragma once

#include "base/error.h"
#include "vectors/neighbour.h"
#include "vectors/row_format.h"

#include <cstddef>
#include <span>
#include <vector>

namespace inferenceflow::vectors {

class index_reader;
class index_writer;

class flat_rows {
public:
  /// @param format  must outlive this.
  explicit flat_rows(const row_format& format)
      : format_{format} {}

  /// @param id   not yet held.
  /// @param row  [format.row_bytes()], not one of these rows.
  void append(entry_id id, const std::byte* row);
  /// Moves the last row into the gap; true when `id` was there.
  bool erase(entry_id id);
  /// Makes room for `count` rows in all, exactly.
  void reserve(std::size_t count);

  /// A walk over the ids: tens of thousands at most, eight bytes each.
  [[nodiscard]] bool contains(entry_id id) const;
  [[nodiscard]] std::size_t size() const { return ids_.size(); }
  [[nodiscard]] bool empty() const { return ids_.empty(); }
  [[nodiscard]] std::span<const entry_id> ids() const { return ids_; }

  /// The row that is cheapest to take away. Not empty. Lifetime of the row: until the next change.
  [[nodiscard]] entry_id last_id() const { return ids_.back(); }
  [[nodiscard]] const std::byte* last_row() const { return row(ids_.size() - 1); }
  void pop_last();
  void clear();

  void nearest(const std::byte* query, best_neighbours& best) const;

  [[nodiscard]] std::size_t bytes() const { return ids_.capacity() * sizeof(entry_id) + rows_.capacity(); }
  [[nodiscard]] std::size_t bytes_after_append() const;

  void write(index_writer& into) const;
  /// Takes in what write() wrote; this must be empty.
  /// @returns error::invalid_request  truncated, an id twice, or a row that no quantise() writes
  [[nodiscard]] result<void> read(index_reader& from);

private:
  [[nodiscard]] const std::byte* row(std::size_t index) const { return rows_.data() + index * format_.row_bytes(); }
  void shrink();

  const row_format& format_;
  std::vector<entry_id> ids_;
  std::vector<std::byte> rows_; ///< [size(), row_bytes()]
};

} // namespace inferenceflow::vectors
