/// Elements at fixed addresses, named by 32-bit slots that are used again.
///
/// Role:      cache_shard keeps its entries here, so that its heaps and its index hold four bytes instead of pointers.
/// Lifecycle: take() → use → give_back(); what was never given back goes with the slab.
/// Threading: none of its own; the shard's mutex guards it.
/// Bounds:    2³²-1 elements; memory grows by k_chunk elements at a time and is kept.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace inferenceflow::cache {

using slot = std::uint32_t;

template <class Element> class slab {
public:
  [[nodiscard]] Element& operator[](slot at) noexcept { return (*chunks_[at / k_chunk])[at % k_chunk]; }
  [[nodiscard]] const Element& operator[](slot at) const noexcept { return (*chunks_[at / k_chunk])[at % k_chunk]; }

  /// A slot whose element is as constructed, or as it was when given back.
  [[nodiscard]] slot take() {
    if (!free_.empty()) {
      const slot at = free_.back();
      free_.pop_back();
      return at;
    }
    if (made_ % k_chunk == 0) {
      chunks_.push_back(std::make_unique<chunk>());
    }
    return made_++;
  }
  void give_back(slot at) { free_.push_back(at); }

private:
  static constexpr slot k_chunk = 256;
  using chunk = std::array<Element, k_chunk>;

  std::vector<std::unique_ptr<chunk>> chunks_;
  std::vector<slot> free_;
  slot made_ = 0;
};

} // namespace inferenceflow::cache
