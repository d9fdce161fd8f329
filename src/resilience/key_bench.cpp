#include "resilience/key_bench.h"

#include <algorithm>

namespace inferenceflow::resilience {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;

namespace {

constexpr milliseconds k_day{86'400'000};

key_settings in_bounds(key_settings settings) noexcept {
  settings.refused_time = std::clamp(settings.refused_time, milliseconds{1'000}, k_day);
  settings.limited_time = std::clamp(settings.limited_time, milliseconds{1}, milliseconds{600'000});
  settings.limited_time_max = std::clamp(settings.limited_time_max, settings.limited_time, milliseconds{3'600'000});
  settings.retry_after_max = std::clamp(settings.retry_after_max, milliseconds{1'000}, k_day);
  return settings;
}

} // namespace

key_bench::key_bench(std::size_t keys, const key_settings& settings)
    : settings_(in_bounds(settings))
    , keys_(std::clamp<std::size_t>(keys, 1, k_keys_max)) {}

std::optional<std::size_t> key_bench::choose(steady_time now) noexcept {
  if (!any_good(now)) {
    return std::nullopt;
  }
  while (keys_[next_].good_at > now) {
    next_ = next_ + 1 < keys_.size() ? next_ + 1 : 0;
  }
  const std::size_t chosen = next_;
  next_ = next_ + 1 < keys_.size() ? next_ + 1 : 0;
  return chosen;
}

void key_bench::succeeded(std::size_t index) noexcept {
  if (index < keys_.size()) {
    keys_[index].limited_in_row = 0;
  }
}

nanoseconds key_bench::limited_for(key& one, std::optional<milliseconds> retry_after, steady_time now) const noexcept {
  if (retry_after) {
    return std::clamp(*retry_after, milliseconds{0}, settings_.retry_after_max);
  }
  if (one.good_at > now) {
    return nanoseconds{0}; // one of many calls that were under way when the first 429 came: said already
  }
  // 2^22 times the least time is over the greatest maximum.
  const auto doublings = std::min<std::uint32_t>(one.limited_in_row++, 22);
  return std::min<nanoseconds>(nanoseconds{settings_.limited_time} * (std::int64_t{1} << doublings),
                               settings_.limited_time_max);
}

void key_bench::failed(std::size_t index, fault what, std::optional<milliseconds> retry_after,
                       steady_time now) noexcept {
  if (index >= keys_.size()) {
    return;
  }
  key& one = keys_[index];
  if (what == fault::key_refused || what == fault::key_forbidden || what == fault::quota_exhausted) {
    one.good_at = std::max(one.good_at, now + settings_.refused_time);
  } else if (what == fault::rate_limited) {
    one.good_at = std::max(one.good_at, now + limited_for(one, retry_after, now));
  } else {
    return;
  }
  const auto least =
      std::min_element(keys_.begin(), keys_.end(), [](const key& a, const key& b) { return a.good_at < b.good_at; });
  earliest_ = least->good_at;
}

} // namespace inferenceflow::resilience
