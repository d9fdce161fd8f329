/// Identities of ledger rows: they hold the row's time, and two processes that share a file by mistake practically
/// never make the same one.
///
/// Role:      the writer numbers each row with one; a client's request id is no identity, since clients choose it.
///            The table is sorted by them, so sums over a span of time need no index.
/// Lifecycle: plain value.
/// Threading: one thread (the writer's).
/// Bounds:    41 bits and a sign of milliseconds around 2020 (1950 to 2089; times outside count as its ends), 12 random
///            bits of the process, 10 bits to count in.
#pragma once

#include <cstdint>
#include <functional>

namespace inferenceflow::store {

/// 2020-01-01T00:00:00Z in Unix milliseconds: entry_id 0.
inline constexpr std::int64_t k_entry_epoch_ms = 1'577'836'800'000;
inline constexpr unsigned k_entry_time_shift = 22;

/// The smallest entry_id of a row that finished at `unix_ms` or later.
[[nodiscard]] std::int64_t first_entry_id_at(std::int64_t unix_ms) noexcept;

class entry_ids {
public:
  /// @param random_bits  32 random bits; called once here and once per conflict.
  explicit entry_ids(std::function<std::uint32_t()> random_bits);

  /// @param finished_ms  Unix time of the row.
  /// @returns first_entry_id_at(finished_ms) + process bits << 10 + count. The count goes round in steps of one, so
  ///          1,024 rows in a row differ whatever their times are; one that was made before is found to be taken.
  [[nodiscard]] std::int64_t next(std::int64_t finished_ms);

  /// The previous id was taken: draws other process bits first.
  [[nodiscard]] std::int64_t next_after_conflict(std::int64_t finished_ms);

private:
  [[nodiscard]] std::int64_t draw_process_bits() const;

  std::function<std::uint32_t()> random_bits_;
  std::int64_t process_bits_; ///< in place: shifted by k_count_bits
  std::int64_t count_ = 0;
};

} // namespace inferenceflow::store
