/// Direct cost and cost of requests that belong together, for intervals and for the plot over time.
///
/// Role:      the simulation adds each request to both; the report resamples them.
/// Lifecycle: construct → add()* → sums().
/// Threading: one thread.
/// Bounds:    k_groups_max groups, those beyond share places by their hash; k_blocks_max blocks of time, which become
///            longer as the log does.
/// Source:    block bootstrap: Künsch, Annals of Statistics 17 (1989); requests of one user depend on each other.
#pragma once

#include "base/money.h"

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace inferenceflow::replay {

inline constexpr std::size_t k_groups_max = 4'096;
inline constexpr std::size_t k_blocks_max = 512;
inline constexpr std::int64_t k_block_ms_min = 60'000;

struct paired_cost {
  std::int64_t direct_nano_usd = 0;
  std::int64_t cost_nano_usd = 0;
};

/// Sums per user, or per session where users are not named.
class user_costs {
public:
  user_costs()
      : sums_(k_groups_max)
      , seen_(k_groups_max, false) {}
  void add(std::string_view tenant, std::string_view user, std::string_view session, money direct, money cost);
  /// Of the places that somebody fell into.
  [[nodiscard]] std::vector<paired_cost> sums() const;
  /// Requests of nobody in particular; with any of them, users are no way to resample.
  [[nodiscard]] std::uint64_t unnamed() const noexcept { return unnamed_; }

private:
  std::vector<paired_cost> sums_;
  std::vector<bool> seen_;
  std::uint64_t unnamed_ = 0;
};

/// Sums per stretch of time.
class time_costs {
public:
  /// @param at_ms  never less than before. A silence of more than a week counts as a week.
  void add(std::int64_t at_ms, money direct, money cost);
  [[nodiscard]] const std::vector<paired_cost>& sums() const noexcept { return sums_; }
  [[nodiscard]] std::int64_t block_ms() const noexcept { return block_ms_; }

private:
  std::vector<paired_cost> sums_;
  std::int64_t block_ms_ = k_block_ms_min;
  std::int64_t last_ms_ = 0;
  std::int64_t elapsed_ms_ = 0;
};

} // namespace inferenceflow::replay
