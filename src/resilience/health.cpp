#include "resilience/health.h"

#include <algorithm>

namespace inferenceflow::resilience {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;

namespace {

constexpr milliseconds k_interval_min{100};
constexpr milliseconds k_interval_max{3'600'000};

health_settings in_bounds(health_settings settings) noexcept {
  settings.call_failures = std::min<std::size_t>(settings.call_failures, 1'000);
  settings.call_failures_over = std::clamp(settings.call_failures_over, milliseconds{0}, milliseconds{60'000});
  settings.probe_failures = std::clamp<std::size_t>(settings.probe_failures, 1, 100);
  settings.successes = std::clamp<std::size_t>(settings.successes, 1, 100);
  settings.probe_interval = std::clamp(settings.probe_interval, k_interval_min, k_interval_max);
  settings.probe_interval_sick = std::clamp(settings.probe_interval_sick, k_interval_min, k_interval_max);
  settings.probe_interval_sick_max =
      std::clamp(settings.probe_interval_sick_max, settings.probe_interval_sick, k_interval_max);
  settings.sick_time = std::clamp(settings.sick_time, k_interval_min, k_interval_max);
  return settings;
}

} // namespace

health::health(const health_settings& settings) noexcept
    : settings_(in_bounds(settings)) {}

bool health::usable(steady_time now) const noexcept {
  return !sick_ || (!settings_.probes && now >= since_ + settings_.sick_time);
}

steady_time health::probe_due_at() const noexcept {
  return settings_.probes && (sick_ || settings_.probes_well) ? probe_due_ : steady_time::max();
}

void health::went_well(steady_time now) noexcept {
  ++good_in_row_;
  if (sick_ && good_in_row_ >= settings_.successes) {
    sick_ = false;
    probe_due_ = now + settings_.probe_interval;
  }
}

void health::fall_sick(steady_time now) noexcept {
  since_ = now;
  if (!sick_) {
    sick_ = true;
    interval_sick_ = settings_.probe_interval_sick;
    probe_due_ = now + interval_sick_;
  }
}

void health::call_succeeded(steady_time now) noexcept {
  calls_failed_in_row_ = 0;
  went_well(now);
  if (!sick_) {
    probe_due_ = std::max(probe_due_, now + settings_.probe_interval);
  }
}

void health::call_failed(steady_time now) noexcept {
  good_in_row_ = 0;
  if (calls_failed_in_row_++ == 0) {
    failing_since_ = now;
  }
  const bool enough =
      calls_failed_in_row_ >= settings_.call_failures && now - failing_since_ >= settings_.call_failures_over;
  // While sick, one failed trial is enough to wait on.
  if (settings_.call_failures > 0 && (sick_ || enough)) {
    fall_sick(now);
  }
}

void health::probed(bool good, steady_time now, random_stream& random) noexcept {
  const bool was_sick = sick_;
  if (good) {
    probes_failed_in_row_ = 0;
    calls_failed_in_row_ = 0;
    went_well(now);
  } else {
    good_in_row_ = 0;
    ++probes_failed_in_row_;
    if (probes_failed_in_row_ >= settings_.probe_failures) {
      fall_sick(now);
    }
  }
  if (was_sick && !good) {
    interval_sick_ = std::min<nanoseconds>(2 * interval_sick_, settings_.probe_interval_sick_max);
  } else if (was_sick) {
    interval_sick_ = settings_.probe_interval_sick; // it stirs: look again soon
  }
  nanoseconds interval = settings_.probe_interval;
  if (sick_) {
    interval = interval_sick_;
  } else if (!good) {
    interval = settings_.probe_interval_sick; // the next ones decide between well and sick: do not keep them waiting
  }
  const double spread = 0.9 + 0.2 * random.unit();
  probe_due_ = now + nanoseconds{static_cast<nanoseconds::rep>(static_cast<double>(interval.count()) * spread)};
}

} // namespace inferenceflow::resilience
