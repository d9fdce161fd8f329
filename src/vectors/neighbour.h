/// An entry and how near it is, and the best few of many.
///
/// Role:      what searches return; exact and approximate search offer into one best_neighbours.
/// Lifecycle: plain values; a best_neighbours lives for one search.
/// Threading: not shared.
/// Bounds:    best_neighbours keeps at most `count` of what it is offered.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace inferenceflow::vectors {

/// The caller's name of an entry, unique within its scope.
using entry_id = std::uint64_t;

struct neighbour {
  entry_id id = 0;
  float similarity = 0; ///< cosine, -1 to 1

  friend bool operator==(const neighbour&, const neighbour&) = default;
};

/// Nearer first; of equally near ones the smaller id, so that results do not depend on where rows lie.
[[nodiscard]] inline bool better(const neighbour& a, const neighbour& b) {
  return a.similarity != b.similarity ? a.similarity > b.similarity : a.id < b.id;
}

class best_neighbours {
public:
  explicit best_neighbours(std::size_t count)
      : count_{count} {
    heap_.reserve(count);
  }

  void offer(const neighbour& candidate) {
    if (heap_.size() < count_) {
      heap_.push_back(candidate);
      std::push_heap(heap_.begin(), heap_.end(), better);
    } else if (count_ > 0 && better(candidate, heap_.front())) {
      std::pop_heap(heap_.begin(), heap_.end(), better);
      heap_.back() = candidate;
      std::push_heap(heap_.begin(), heap_.end(), better);
    }
  }

  [[nodiscard]] std::size_t count() const { return count_; }

  /// Best first; leaves nothing behind.
  [[nodiscard]] std::vector<neighbour> take() {
    std::sort_heap(heap_.begin(), heap_.end(), better);
    return std::move(heap_);
  }

private:
  std::size_t count_;
  std::vector<neighbour> heap_; ///< the worst kept one in front
};

} // namespace inferenceflow::vectors
