/// What a redis_tier is told, what it tells, and what it counts of news.
///
/// Role:      app/ fills options from the configuration and takes news up into memory and index.
/// Lifecycle: plain values.
/// Threading: value.
/// Bounds:    each field says its own.
#pragma once

#include "cache/entry_filter.h"
#include "cache/tenant_secret.h"
#include "store/redis/options.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace inferenceflow::store::redis_tier {

/// Every key and channel begins with it. The number is that of the layout of keys and news.
inline constexpr std::string_view k_prefix = "iflow:1:";

struct tier_options {
  redis::options redis = {}; ///< reply_bytes_max above the largest entry, sealed
  std::string prefix{k_prefix};
  std::chrono::milliseconds find_budget{20};            ///< then it is a miss
  std::chrono::milliseconds walk_time_max{60'000};      ///< of one erase_where() or for_each()
  std::size_t walk_entries_max = 1'000'000;             ///< of one walk, 32 bytes each
  std::size_t value_bytes_max = std::size_t{16} << 20U; ///< larger entries are not stored
  std::size_t news_waiting_max = 1'024; ///< entries of others that wait to be read; see news_events::stored
  /// What an operator should know: at most one warning of a kind per minute. Any thread.
  std::function<void(const std::string&)> on_warning = {};
};

/// What another replica did. All run on the tier's first loop, and return soon.
struct news_events {
  /// An entry that was stored elsewhere, as it was read just now: not proved, for decode_entry() to judge. When more
  /// wait than news_waiting_max some are left out: they are found by their key only.
  std::function<void(const cache::entry_name& name, std::string bytes)> stored = {};
  std::function<void(const cache::entry_name& name)> erased = {};
  std::function<void(const cache::entry_filter& filter)> erased_where = {};
  /// News can be heard from now on. The first time: what was stored before is there for for_each(). Again later: what
  /// was said in between has been missed, so entries in memory may have been erased elsewhere.
  std::function<void(bool first)> listening = {};
};

/// Sums since start.
struct news_counts {
  std::uint64_t heard = 0;      ///< from other replicas, and believed
  std::uint64_t forged = 0;     ///< changed, made without the secret, or no message of ours
  std::uint64_t stale = 0;      ///< too old, or a clock is wrong
  std::uint64_t repeated = 0;   ///< heard before
  std::uint64_t fetched = 0;    ///< entries that were told
  std::uint64_t dropped = 0;    ///< entries that were not read: too many, or Redis failed
  std::uint64_t listenings = 0; ///< times that listening began
};

} // namespace inferenceflow::store::redis_tier
