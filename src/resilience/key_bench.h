/// Which of a backend's API keys to use next, and which have to sit out for a while.
///
/// Role:      one per backend; a backend that needs no key has one anyway, so that its 429 is remembered here too.
/// Lifecycle: made with the number of keys; a reload of keys makes a new one.
/// Threading: none of its own; one loop or its owner's mutex guards it.
/// Bounds:    k_keys_max keys; no key sits out longer than refused_time or retry_after_max.
#pragma once

#include "base/clock.h"
#include "resilience/fault.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace inferenceflow::resilience {

struct key_settings {
  std::chrono::milliseconds refused_time{3'600'000}; ///< after 401, 402, 403; 1 s to 24 h
  std::chrono::milliseconds limited_time{1'000}; ///< after 429 without Retry-After; doubles in a row; 1 ms to 10 min
  std::chrono::milliseconds limited_time_max{60'000};   ///< limited_time to 1 h
  std::chrono::milliseconds retry_after_max{3'600'000}; ///< a longer Retry-After counts as this; 1 s to 24 h
};

class key_bench {
public:
  static constexpr std::size_t k_keys_max = 64;

  /// @param keys      how many there are; 0 counts as 1, more than k_keys_max as that.
  /// @param settings  a value outside its bounds counts as the nearest bound.
  key_bench(std::size_t keys, const key_settings& settings);

  /// The next good key in turn, by its index. @returns nothing when all sit out.
  [[nodiscard]] std::optional<std::size_t> choose(steady_time now) noexcept;

  /// Whether choose() would find a key.
  [[nodiscard]] bool any_good(steady_time now) const noexcept { return earliest_ <= now; }

  /// When the key `index` is good again; the past if it is good now.
  [[nodiscard]] steady_time good_at(std::size_t index) const noexcept { return keys_[index].good_at; }
  [[nodiscard]] std::size_t size() const noexcept { return keys_.size(); }

  /// When the first key is good again; the past if one is good now.
  [[nodiscard]] steady_time good_at() const noexcept { return earliest_; }

  /// A call with the key `index` was answered well: a 429 later begins with the short time again.
  void succeeded(std::size_t index) noexcept;

  /// A call with the key `index` failed. Faults that are not the key's change nothing.
  /// @param retry_after  the backend's, with rate_limited.
  void failed(std::size_t index, fault what, std::optional<std::chrono::milliseconds> retry_after,
              steady_time now) noexcept;

private:
  struct key {
    steady_time good_at{};
    std::uint32_t limited_in_row = 0;
  };

  [[nodiscard]] std::chrono::nanoseconds limited_for(key& one, std::optional<std::chrono::milliseconds> retry_after,
                                                     steady_time now) const noexcept;

  key_settings settings_;
  std::vector<key> keys_;
  std::size_t next_ = 0;
  steady_time earliest_{}; ///< least good_at
};

} // namespace inferenceflow::resilience
