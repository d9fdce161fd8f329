#include "resilience/adaptive_concurrency.h"

#include <algorithm>

namespace inferenceflow::resilience {

using std::chrono::milliseconds;

namespace {

constexpr double k_gradient_least = 0.5;      // one bad window halves the limit at most
constexpr double k_recovered_ratio = 2;       // usual / present above this: the usual time is out of date
constexpr double k_recovered_decay = 0.9;     // and is brought down by this much per window
constexpr std::size_t k_windows_warm_up = 10; // plain mean before the exponential one

concurrency_settings in_bounds(concurrency_settings settings) noexcept {
  settings.least = std::clamp<std::size_t>(settings.least, 1, 10'000);
  settings.most = std::clamp<std::size_t>(settings.most, settings.least, 100'000);
  settings.first = std::clamp(settings.first, settings.least, settings.most);
  settings.queue = std::clamp<std::size_t>(settings.queue, 1, 1'000);
  settings.tolerance_percent = std::clamp<std::size_t>(settings.tolerance_percent, 100, 1'000);
  settings.smoothing_percent = std::clamp<std::size_t>(settings.smoothing_percent, 1, 100);
  settings.refusal_percent = std::clamp<std::size_t>(settings.refusal_percent, 10, 99);
  settings.samples_min = std::clamp<std::size_t>(settings.samples_min, 1, 10'000);
  settings.windows_long = std::clamp<std::size_t>(settings.windows_long, 10, 10'000);
  settings.window = std::clamp(settings.window, milliseconds{10}, milliseconds{60'000});
  return settings;
}

double percent(std::size_t value) noexcept {
  return static_cast<double>(value) / 100;
}

} // namespace

adaptive_concurrency::adaptive_concurrency(const concurrency_settings& settings) noexcept
    : settings_(in_bounds(settings))
    , limit_(static_cast<double>(settings_.first)) {}

bool adaptive_concurrency::try_acquire() noexcept {
  if (!has_place()) {
    return false;
  }
  ++in_flight_;
  in_flight_most_ = std::max(in_flight_most_, in_flight_);
  return true;
}

void adaptive_concurrency::release() noexcept {
  in_flight_ -= in_flight_ > 0 ? 1 : 0;
}

void adaptive_concurrency::begin_window(steady_time now) noexcept {
  samples_ = 0;
  sum_ns_ = 0;
  in_flight_most_ = in_flight_;
  window_end_ = now + settings_.window;
}

void adaptive_concurrency::first_token(std::chrono::nanoseconds elapsed, steady_time now) noexcept {
  if (window_end_ == steady_time{}) {
    window_end_ = now + settings_.window;
  }
  ++samples_;
  sum_ns_ += static_cast<double>(std::max<std::int64_t>(elapsed.count(), 1));
  if (now >= window_end_ && samples_ >= settings_.samples_min) {
    step(now);
    begin_window(now);
  }
}

void adaptive_concurrency::step(steady_time now) noexcept {
  const double present_ns = sum_ns_ / static_cast<double>(samples_);
  ++windows_;
  const double weight = windows_ <= k_windows_warm_up ? 1 / static_cast<double>(windows_)
                                                      : 2 / static_cast<double>(settings_.windows_long + 1);
  usual_ns_ += (present_ns - usual_ns_) * weight;
  if (usual_ns_ / present_ns > k_recovered_ratio) {
    usual_ns_ *= k_recovered_decay;
  }
  // What was not used says nothing about what could be used; and right after refusals there is nothing to grow into.
  if (static_cast<double>(in_flight_most_) < limit_ / 2 || now < refusals_ignored_until_) {
    return;
  }
  const double gradient =
      std::clamp(percent(settings_.tolerance_percent) * usual_ns_ / present_ns, k_gradient_least, 1.0);
  const double wanted = limit_ * gradient + static_cast<double>(settings_.queue);
  const double smoothing = percent(settings_.smoothing_percent);
  limit_ = std::clamp(limit_ * (1 - smoothing) + wanted * smoothing, static_cast<double>(settings_.least),
                      static_cast<double>(settings_.most));
}

void adaptive_concurrency::answered(steady_time now) noexcept {
  if (static_cast<double>(in_flight_) >= limit_ / 2 && now >= refusals_ignored_until_) {
    limit_ = std::min(limit_ + 1 / limit_, static_cast<double>(settings_.most));
  }
}

void adaptive_concurrency::refused(steady_time now) noexcept {
  if (now < refusals_ignored_until_) {
    return;
  }
  limit_ = std::max(limit_ * percent(settings_.refusal_percent), static_cast<double>(settings_.least));
  refusals_ignored_until_ = now + settings_.window;
}

} // namespace inferenceflow::resilience
