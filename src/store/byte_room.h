/// So many bytes may wait, and no more.
///
/// Role:      what waits beside the ledger's rows takes room here and is left out where there is none.
/// Lifecycle: construct → take()/give()*.
/// Threading: thread-safe.
/// Bounds:    bytes_max.
#pragma once

#include <atomic>
#include <cstddef>

namespace inferenceflow::store {

class byte_room {
public:
  explicit byte_room(std::size_t bytes_max)
      : bytes_max_(bytes_max) {}

  /// @returns false when there is no room: nothing was taken.
  [[nodiscard]] bool take(std::size_t bytes) noexcept {
    if (bytes != 0 && taken_.fetch_add(bytes, std::memory_order_relaxed) + bytes > bytes_max_) {
      give(bytes);
      return false;
    }
    return true;
  }
  void give(std::size_t bytes) noexcept { taken_.fetch_sub(bytes, std::memory_order_relaxed); }

private:
  const std::size_t bytes_max_;
  std::atomic<std::size_t> taken_{0};
};

} // namespace inferenceflow::store
