/// What an entry is worth keeping: the entry with the least rank is evicted first.
///
/// Role:      cache_shard ranks its entries; bench/eviction compares the policies.
/// Lifecycle: plain values and pure functions.
/// Threading: no shared state.
/// Bounds:    ranks never fall while an entry stays, which is what makes the lazy heap of cache_shard correct.
/// Source:    GreedyDual-Size-Frequency: Cherkasova, HPL-98-69 (1998), Pr = L + F · C / S.
#pragma once

#include "cache/cached_answer.h"

#include <algorithm>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace inferenceflow::cache {

enum class eviction_policy : std::uint8_t {
  gdsf, ///< L + frequency · value / size: keeps what saves most dollars per byte, and ages what is no longer asked for
  lru,  ///< least recently used
  lfu,  ///< least frequently used, older first among equals; never ages, so for comparison only
  /// gdsf behind the admission of S3-FIFO: what is new waits in a short queue and goes first, in order of arrival
  s3_gdsf,
  /// gdsf with the same ideas and no queue: what is new counts for half until it is asked for again, and what comes
  /// back soon after it was thrown out counts as asked for
  probation_gdsf,
};

/// As it is configured, e.g. "gdsf".
[[nodiscard]] constexpr std::string_view to_string(eviction_policy policy) noexcept {
  switch (policy) {
  case eviction_policy::gdsf: return "gdsf";
  case eviction_policy::lru: return "lru";
  case eviction_policy::lfu: return "lfu";
  case eviction_policy::s3_gdsf: return "s3_gdsf";
  case eviction_policy::probation_gdsf: return "probation_gdsf";
  }
  return "gdsf";
}

/// What an entry on probation counts for. From a half to a quarter the recorded traces hardly care (bench/eviction).
inline constexpr double k_probation_weight = 0.5;

/// Policies that remember the keys of what they threw out.
[[nodiscard]] constexpr bool remembers_keys(eviction_policy policy) {
  return policy == eviction_policy::s3_gdsf || policy == eviction_policy::probation_gdsf;
}

/// Orders entries for eviction. Equal values: the one used longer ago goes first.
struct eviction_rank {
  double value = 0;
  std::uint64_t used = 0; ///< the shard's operation count when it was last used
  friend auto operator<=>(const eviction_rank&, const eviction_rank&) = default;
};

/// What one hit on `answer` saves, in nano-dollars, for ranking only.
///
/// An answer that cost nothing (a local model without a price, a free tier) still saves work. It counts as one
/// nano-dollar per token, i.e. 0.001 USD per million tokens: below every price list, so such an answer never displaces
/// a paid one of the same size and frequency, while among free ones those that took most work stay. At least 1.
[[nodiscard]] inline double saving_value(const cached_answer& answer) {
  const std::int64_t floor_nano_usd = std::max<std::int64_t>(1, answer.usage.total());
  return static_cast<double>(std::max(floor_nano_usd, answer.cost.nano_usd()));
}

/// @param value_per_byte  saving_value() / charged_bytes().
/// @param frequency       times stored or hit since it came in, ≥ 1.
/// @param age             L: the rank value of the last entry that was pushed out; only GDSF, with or without a queue,
///                        uses it.
/// @param used            the shard's operation count now.
[[nodiscard]] inline eviction_rank rank_of(eviction_policy policy, double value_per_byte, std::uint64_t frequency,
                                           double age, std::uint64_t used) {
  switch (policy) {
  case eviction_policy::gdsf:
  case eviction_policy::s3_gdsf: return {age + static_cast<double>(frequency) * value_per_byte, used};
  case eviction_policy::probation_gdsf: {
    const double weight = frequency > 1 ? static_cast<double>(frequency) : k_probation_weight;
    return {age + weight * value_per_byte, used};
  }
  case eviction_policy::lru: return {0, used};
  case eviction_policy::lfu: return {static_cast<double>(frequency), used};
  }
  return {0, used};
}

} // namespace inferenceflow::cache
