/// Identities of ledger rows: they sort by time, and two processes that share a file by mistake practically never
/// make the same one.
///
/// Role:      the writer numbers each row with one; a client's request id is no identity, since clients choose it.
/// Lifecycle: plain value; the clock must outlive it.
/// Threading: one thread (the writer's).
/// Bounds:    41 bits of Unix milliseconds (up to September 2039), 12 random bits of the process, 10 bits to count in;
///            more rows in a millisecond count on into the next value of the random bits.
#pragma once

#include "base/clock.h"

#include <cstdint>
#include <functional>

namespace inferenceflow::store {

class entry_ids {
public:
  /// @param random_bits  32 random bits; called once here and once per conflict.
  entry_ids(const clock_source& clock, std::function<std::uint32_t()> random_bits);

  /// @returns max(previous + 1, unix_ms << 22 | process bits << 10): above 0, and above all before it even when the
  ///          clock goes back. Past the bound it stays at the largest number.
  [[nodiscard]] std::int64_t next();

  /// Another process made the previous id, so it has this one's random bits: draws new ones.
  [[nodiscard]] std::int64_t next_after_conflict();

private:
  [[nodiscard]] std::int64_t draw_process_bits() const;

  const clock_source& clock_;
  std::function<std::uint32_t()> random_bits_;
  std::int64_t process_bits_; ///< in place: shifted by k_count_bits
  std::int64_t last_ = 0;
};

} // namespace inferenceflow::store
