#include "store/entry_ids.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace inferenceflow::store {

namespace {

constexpr unsigned k_count_bits = 10;
constexpr unsigned k_process_bits = 12;
constexpr std::int64_t k_process_bits_max = (1 << k_process_bits) - 1;
constexpr std::int64_t k_largest = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t k_unix_ms_max = k_largest >> (k_process_bits + k_count_bits);

} // namespace

entry_ids::entry_ids(const clock_source& clock, std::function<std::uint32_t()> random_bits)
    : clock_(clock)
    , random_bits_(std::move(random_bits))
    , process_bits_(draw_process_bits()) {}

std::int64_t entry_ids::next() {
  const std::int64_t unix_ms = std::clamp<std::int64_t>(to_unix_ms(clock_.wall_now()), 0, k_unix_ms_max);
  const std::int64_t now = unix_ms << (k_process_bits + k_count_bits) | process_bits_;
  last_ = std::max(last_ == k_largest ? k_largest : last_ + 1, now);
  return last_;
}

std::int64_t entry_ids::next_after_conflict() {
  process_bits_ = draw_process_bits();
  return next();
}

std::int64_t entry_ids::draw_process_bits() const {
  return (static_cast<std::int64_t>(random_bits_()) & k_process_bits_max) << k_count_bits;
}

} // namespace inferenceflow::store
