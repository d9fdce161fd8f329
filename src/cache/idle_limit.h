/// How long an entry may lie unasked for: until its memory has cost as much as fetching the answer again would.
///
/// Role:      cache_shard expires by it.
/// Lifecycle: pure functions.
/// Threading: reentrant.
/// Bounds:    0 to k_ttl_max.
/// Source:    Karlin, Manasse, Rudolph, Sleator, "Competitive Snoopy Caching", Algorithmica 3 (1988), §2: rent until
/// the
///            rent paid equals the price, then give up. Whenever the next request comes, that costs at most twice what
///            it would with foresight, and no fixed limit does better.
#pragma once

#include <algorithm>
#include <chrono>

namespace inferenceflow::cache {

/// Longest time to live; longer ones are cut to it.
inline constexpr std::chrono::hours k_ttl_max{24 * 365};

/// @param usd_per_gib_month  price of memory; a month has 30.4375 days.
/// @returns nano-dollars per byte and second.
[[nodiscard]] constexpr double rent_of(double usd_per_gib_month) {
  constexpr double k_nano_usd = 1e9;
  constexpr double k_bytes = 1'073'741'824.0;
  constexpr double k_seconds = 30.4375 * 86'400;
  return usd_per_gib_month * k_nano_usd / (k_bytes * k_seconds);
}

/// T = value / (rent · bytes), given value per byte.
/// @param value_per_byte  what a hit saves (saving_value()) by the bytes that the entry is charged for: nano-dollars.
/// @param rent            of rent_of(); ≤ 0 = memory is free, entries are kept for their time to live.
[[nodiscard]] inline std::chrono::nanoseconds idle_limit(double value_per_byte, double rent) {
  constexpr std::chrono::duration<double> k_longest{k_ttl_max};
  if (!(rent > 0)) {
    return k_ttl_max;
  }
  const std::chrono::duration<double> break_even{std::max(0.0, value_per_byte / rent)};
  return break_even < k_longest ? std::chrono::duration_cast<std::chrono::nanoseconds>(break_even)
                                : std::chrono::nanoseconds{k_ttl_max};
}

} // namespace inferenceflow::cache
