/// A slower place for entries that outlives the process, and may be shared between processes: Redis, a file.
///
/// Role:      pipeline/ asks it after the memory tier, api/ erases and counts in it; store/ implements it.
/// Lifecycle: outlives every request; what is under way when it is destroyed must have ended.
/// Threading: everything may be called from any event loop; a task resumes on the loop that awaits it.
/// Bounds:    each implementation's own: waiting reads and writes, bytes, time. Beyond them it drops and counts.
///
/// It knows names and bytes only. Whether the bytes are an entry is for decode_entry() to say: what comes from here may
/// have been changed by others. A tier never fails a request: what it cannot do is a miss, or is not done, and is
/// counted.
#pragma once

#include "base/error.h"
#include "cache/entry_codec.h"
#include "cache/entry_filter.h"
#include "cache/tenant_secret.h"
#include "net/task.h"

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace inferenceflow::cache {

/// Sums since start, but for `entries`, `bytes` and `available`, which are current.
struct tier_stats {
  bool available = true;     ///< false while a breaker or a broken file keeps it out of use
  std::uint64_t hits = 0;    ///< names that were found
  std::uint64_t misses = 0;  ///< names that were not, however that came about
  std::uint64_t stored = 0;  ///< written, as far as the tier can tell
  std::uint64_t evicted = 0; ///< thrown out for others, as far as the tier can tell
  std::uint64_t erased = 0;  ///< on somebody's word
  std::uint64_t dropped = 0; ///< not even tried: queue full, out of use
  std::uint64_t errors = 0;  ///< tried and failed, too slow included
  std::uint64_t entries = 0;
  std::uint64_t bytes = 0;
  std::uint64_t bytes_max = 0; ///< 0 = somebody else's to bound
};

class second_tier {
public:
  virtual ~second_tier() = default;

  /// One word for statistics and logs: "redis", "file".
  [[nodiscard]] virtual std::string_view name() const noexcept = 0;

  /// The bytes under `entry`, or nullopt: not there, or not to be had in time.
  /// Cancellation: safe; what was found is dropped.
  [[nodiscard]] virtual net::task<std::optional<std::string>> find(entry_name entry) = 0;

  /// Keeps `bytes` for `ttl`, replacing what was there. Returns at once; the write happens later, or not.
  /// @param bytes  of encode_entry(); others are dropped.
  virtual void store(const entry_name& entry, std::string bytes, std::chrono::milliseconds ttl) = 0;

  /// Forgets one entry, later or not.
  virtual void erase(const entry_name& entry) = 0;

  /// Erases what the filter means, here and in the memory of every other process that shares the tier.
  /// @returns how many were here, or why that cannot be said: unavailable.
  [[nodiscard]] virtual net::task<result<std::uint64_t>> erase_where(entry_filter filter) = 0;

  /// Called with each entry in turn, on a thread of the tier's choosing, one at a time. @returns false to end the walk.
  using visitor = std::function<bool(const entry_name& entry, std::string_view bytes)>;

  /// Walks what was here when it began, in no order, so that memory and index can be rebuilt at start.
  /// @returns how many were visited, or unavailable when it could not be finished.
  [[nodiscard]] virtual net::task<result<std::uint64_t>> for_each(visitor visit) = 0;

  /// Cheap: counters only.
  [[nodiscard]] virtual tier_stats stats() const = 0;
};

} // namespace inferenceflow::cache
