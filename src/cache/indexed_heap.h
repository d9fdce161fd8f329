/// Binary min-heap of pointers whose elements know their position, so any of them can be moved or removed.
///
/// Role:      cache_shard keeps one by eviction rank and one by expiry.
/// Lifecycle: holds borrowed pointers; an element is erased from the heap before it dies.
/// Threading: none of its own; the shard's mutex guards it.
/// Bounds:    O(log n) for push, erase and update; O(1) for top.
#pragma once

#include <cassert>
#include <cstddef>
#include <utility>
#include <vector>

namespace inferenceflow::cache {

/// @tparam Element  has a `std::size_t` member for its place in this heap.
/// @tparam Key      ordered by `<`; copied into the heap, so that comparisons stay in its own memory.
/// @tparam Place    pointer to that member.
template <class Element, class Key, std::size_t Element::*Place> class indexed_heap {
public:
  [[nodiscard]] bool empty() const noexcept { return nodes_.empty(); }
  [[nodiscard]] std::size_t size() const noexcept { return nodes_.size(); }

  /// The element with the least key. The heap must not be empty.
  [[nodiscard]] Element& top() const noexcept { return *nodes_.front().element; }
  [[nodiscard]] const Key& top_key() const noexcept { return nodes_.front().key; }

  /// Adds an element that is not in the heap; `element` must stay at its address until erased.
  void push(Element& element, Key key) {
    nodes_.push_back(node{std::move(key), &element});
    rise(nodes_.size() - 1);
  }

  /// Removes an element that is in the heap.
  void erase(Element& element) {
    const std::size_t hole = element.*Place;
    assert(hole < nodes_.size() && nodes_[hole].element == &element);
    node last = std::move(nodes_.back());
    nodes_.pop_back();
    if (hole < nodes_.size()) {
      nodes_[hole] = std::move(last);
      settle(hole);
    }
  }

  /// Gives an element that is in the heap another key.
  void update(Element& element, Key key) {
    nodes_[element.*Place].key = std::move(key);
    settle(element.*Place);
  }

private:
  struct node {
    Key key;
    Element* element;
  };

  void put(std::size_t at, node moved) {
    moved.element->*Place = at;
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
};

} // namespace inferenceflow::cache
