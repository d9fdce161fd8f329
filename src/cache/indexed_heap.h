/// Binary min-heap of slots that knows where each stands, so any of them can be moved or removed.
///
/// Role:      cache_shard keeps one by eviction rank and one by expiry.
/// Lifecycle: plain value; a slot is in it from push() to erase().
/// Threading: none of its own; the shard's mutex guards it.
/// Bounds:    O(log n) for push, erase and update; O(1) for top. Keys and places lie in two arrays of its own: moving
///            an element never touches the entry that it stands for, which is cold memory in a large cache.
#pragma once

#include "cache/slab.h"

#include <cassert>
#include <cstddef>
#include <utility>
#include <vector>

namespace inferenceflow::cache {

/// @tparam Key  ordered by `<`.
template <class Key> class indexed_heap {
public:
  [[nodiscard]] bool empty() const noexcept { return nodes_.empty(); }
  [[nodiscard]] std::size_t size() const noexcept { return nodes_.size(); }
  [[nodiscard]] bool contains(slot element) const noexcept {
    return element < places_.size() && places_[element] != k_absent;
  }

  /// The element with the least key. The heap must not be empty.
  [[nodiscard]] slot top() const noexcept { return nodes_.front().element; }
  [[nodiscard]] const Key& top_key() const noexcept { return nodes_.front().key; }

  /// Adds an element that is not in the heap.
  void push(slot element, Key key) {
    if (element >= places_.size()) {
      places_.resize(std::size_t{element} + 1, k_absent);
    }
    nodes_.push_back(node{std::move(key), element});
    rise(nodes_.size() - 1);
  }

  /// Removes an element that is in the heap.
  void erase(slot element) {
    assert(contains(element));
    const std::size_t hole = std::exchange(places_[element], k_absent);
    node last = std::move(nodes_.back());
    nodes_.pop_back();
    if (hole < nodes_.size()) {
      put(hole, std::move(last));
      settle(hole);
    }
  }

  /// Gives an element that is in the heap another key.
  void update(slot element, Key key) {
    assert(contains(element));
    nodes_[places_[element]].key = std::move(key);
    settle(places_[element]);
  }

private:
  static constexpr slot k_absent = ~slot{0};
  struct node {
    Key key;
    slot element;
  };

  void put(std::size_t at, node moved) {
    places_[moved.element] = static_cast<slot>(at);
    nodes_[at] = std::move(moved);
  }

  void settle(std::size_t at) {
    if (at > 0 && nodes_[at].key < nodes_[(at - 1) / 2].key) {
      rise(at);
    } else {
      sink(at);
    }
  }

  void rise(std::size_t at) {
    node moved = std::move(nodes_[at]);
    while (at > 0 && moved.key < nodes_[(at - 1) / 2].key) {
      put(at, std::move(nodes_[(at - 1) / 2]));
      at = (at - 1) / 2;
    }
    put(at, std::move(moved));
  }

  void sink(std::size_t at) {
    node moved = std::move(nodes_[at]);
    for (std::size_t child = 2 * at + 1; child < nodes_.size(); child = 2 * at + 1) {
      if (child + 1 < nodes_.size() && nodes_[child + 1].key < nodes_[child].key) {
        ++child;
      }
      if (!(nodes_[child].key < moved.key)) {
        break;
      }
      put(at, std::move(nodes_[child]));
      at = child;
    }
    put(at, std::move(moved));
  }

  std::vector<node> nodes_;
  std::vector<slot> places_; ///< by slot: where its node stands
};

} // namespace inferenceflow::cache
