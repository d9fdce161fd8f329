#include "store/entry_ids.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace inferenceflow::store {

namespace {

constexpr unsigned k_count_bits = 10;
constexpr std::int64_t k_count_max = (1 << k_count_bits) - 1;
constexpr std::int64_t k_process_bits_max = (1 << (k_entry_time_shift - k_count_bits)) - 1;
constexpr std::int64_t k_time_max = std::numeric_limits<std::int64_t>::max() >> k_entry_time_shift;
constexpr std::int64_t k_time_min = std::numeric_limits<std::int64_t>::min() >> k_entry_time_shift;

} // namespace

std::int64_t first_entry_id_at(std::int64_t unix_ms) noexcept {
  const std::int64_t time = std::clamp(unix_ms, k_time_min + k_entry_epoch_ms, k_time_max + k_entry_epoch_ms);
  return (time - k_entry_epoch_ms) * (std::int64_t{1} << k_entry_time_shift);
}

entry_ids::entry_ids(std::function<std::uint32_t()> random_bits)
    : random_bits_(std::move(random_bits))
    , process_bits_(draw_process_bits()) {}

std::int64_t entry_ids::next(std::int64_t finished_ms) {
  const std::int64_t count = count_;
  count_ = (count_ + 1) & k_count_max;
  return first_entry_id_at(finished_ms) + (process_bits_ | count);
}

std::int64_t entry_ids::next_after_conflict(std::int64_t finished_ms) {
  process_bits_ = draw_process_bits();
  return next(finished_ms);
}

std::int64_t entry_ids::draw_process_bits() const {
  return (static_cast<std::int64_t>(random_bits_()) & k_process_bits_max) << k_count_bits;
}

} // namespace inferenceflow::store
