#include "vectors/flat_rows.h"

#include "vectors/index_file.h"

#include <algorithm>
#include <cstring>

namespace inferenceflow::vectors {

namespace {

/// A quarter more at a time: most scopes stay small, and there are many of them.
std::size_t grown(std::size_t capacity) {
  return capacity + capacity / 4 + 1;
}

} // namespace

void flat_rows::append(entry_id id, const std::byte* row) {
  if (ids_.size() == ids_.capacity()) {
    reserve(grown(ids_.capacity()));
  }
  ids_.push_back(id);
  rows_.insert(rows_.end(), row, row + format_.row_bytes());
}

bool flat_rows::erase(entry_id id) {
  const auto found = std::find(ids_.begin(), ids_.end(), id);
  if (found == ids_.end()) {
    return false;
  }
  const auto index = static_cast<std::size_t>(found - ids_.begin());
  if (index + 1 != ids_.size()) {
    std::memcpy(rows_.data() + index * format_.row_bytes(), last_row(), format_.row_bytes());
    *found = ids_.back();
  }
  pop_last();
  return true;
}

void flat_rows::reserve(std::size_t count) {
  ids_.reserve(count);
  rows_.reserve(count * format_.row_bytes());
}

bool flat_rows::contains(entry_id id) const {
  return std::find(ids_.begin(), ids_.end(), id) != ids_.end();
}

void flat_rows::pop_last() {
  ids_.pop_back();
  rows_.resize(rows_.size() - format_.row_bytes());
  if (ids_.size() < ids_.capacity() / 2) {
    shrink();
  }
}

void flat_rows::clear() {
  ids_ = std::vector<entry_id>();
  rows_ = std::vector<std::byte>();
}

void flat_rows::shrink() {
  // Copies of exactly the right size; shrink_to_fit() may do nothing.
  ids_ = std::vector<entry_id>(ids_.begin(), ids_.end());
  rows_ = std::vector<std::byte>(rows_.begin(), rows_.end());
}

void flat_rows::nearest(const std::byte* query, best_neighbours& best) const {
  for (std::size_t i = 0; i < ids_.size(); ++i) {
    best.offer({.id = ids_[i], .similarity = format_.similarity(query, row(i))});
  }
}

std::size_t flat_rows::bytes_after_append() const {
  if (ids_.size() < ids_.capacity()) {
    return bytes();
  }
  return grown(ids_.capacity()) * (sizeof(entry_id) + format_.row_bytes());
}

void flat_rows::write(index_writer& into) const {
  into.number<std::uint64_t>(ids_.size());
  into.bytes(ids_.data(), ids_.size() * sizeof(entry_id));
  into.bytes(rows_.data(), rows_.size());
}

result<void> flat_rows::read(index_reader& from) {
  std::uint64_t count = 0;
  if (!from.number(count) || !from.has(count, sizeof(entry_id) + format_.row_bytes())) {
    return from.fault("the list of rows is longer than the file");
  }
  ids_.resize(count);
  rows_.resize(count * format_.row_bytes());
  if (!from.bytes(ids_.data(), count * sizeof(entry_id)) || !from.bytes(rows_.data(), rows_.size())) {
    return from.fault("a row is cut off");
  }
  std::vector<entry_id> sorted = ids_;
  std::sort(sorted.begin(), sorted.end());
  if (std::adjacent_find(sorted.begin(), sorted.end()) != sorted.end()) {
    return from.fault("an entry stands there twice");
  }
  for (std::size_t i = 0; i < ids_.size(); ++i) {
    if (!format_.valid(row(i))) {
      return from.fault("a row is no quantised vector");
    }
  }
  return {};
}

} // namespace inferenceflow::vectors
