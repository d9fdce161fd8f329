/// What one search of a graph needs besides the graph, kept per thread so that a search allocates nothing.
///
/// One bit per slot says what was visited: 12.5 KB at 100,000 slots, so it stays in the first-level cache, and clearing
/// it costs less than the counters per slot that hnswlib keeps would cost in cache misses.
#pragma once

#include "vectors/hnsw_state.h"

#include <algorithm>
#include <cstdint>
#include <vector>

namespace inferenceflow::vectors {

struct search_scratch {
  struct ranked {
    float similarity;
    slot_type slot;
  };

  /// Bounds: a bit per slot of the largest graph that the thread has searched, and a few KB.
  static search_scratch& of_this_thread() {
    thread_local search_scratch scratch;
    return scratch;
  }

  void start(std::size_t slots) {
    visited.assign((slots + 63) / 64, 0);
    open.clear();
    found.clear();
  }

  /// True the first time.
  bool visit(slot_type slot) {
    auto& word = visited[slot / 64];
    const std::uint64_t bit = std::uint64_t{1} << (slot % 64);
    const bool first = (word & bit) == 0;
    word |= bit;
    return first;
  }

  void push_open(ranked each) {
    open.push_back(each);
    std::push_heap(open.begin(), open.end(), farther);
  }
  ranked pop_open() {
    std::pop_heap(open.begin(), open.end(), farther);
    const auto top = open.back();
    open.pop_back();
    return top;
  }

  void push_found(ranked each, std::size_t count_max) {
    found.push_back(each);
    std::push_heap(found.begin(), found.end(), nearer);
    if (found.size() > count_max) {
      std::pop_heap(found.begin(), found.end(), nearer);
      found.pop_back();
    }
  }

  std::vector<std::uint64_t> visited;
  std::vector<ranked> open;     ///< to be looked at, the nearest in front
  std::vector<ranked> found;    ///< the nearest so far, the farthest in front
  std::vector<slot_type> fresh; ///< of one slot's links, those not yet visited

private:
  static bool farther(const ranked& a, const ranked& b) { return a.similarity < b.similarity; }
  static bool nearer(const ranked& a, const ranked& b) { return a.similarity > b.similarity; }
};

} // namespace inferenceflow::vectors
