#include "resilience/circuit_breaker.h"

#include <algorithm>

namespace inferenceflow::resilience {

using std::chrono::milliseconds;

namespace {

breaker_settings in_bounds(breaker_settings settings) noexcept {
  settings.window = std::clamp(settings.window, milliseconds{1'000}, milliseconds{600'000});
  settings.failure_percent = std::clamp<std::size_t>(settings.failure_percent, 1, 100);
  settings.calls_min = std::clamp<std::size_t>(settings.calls_min, 1, 100'000);
  settings.consecutive_failures = std::min<std::size_t>(settings.consecutive_failures, 1'000);
  settings.open_time = std::clamp(settings.open_time, milliseconds{100}, milliseconds{600'000});
  settings.open_time_max = std::clamp(settings.open_time_max, settings.open_time, milliseconds{3'600'000});
  settings.probes_max = std::clamp<std::size_t>(settings.probes_max, 1, 100);
  settings.probes_good = std::clamp<std::size_t>(settings.probes_good, 1, 100);
  settings.probe_time = std::clamp(settings.probe_time, milliseconds{1'000}, milliseconds{3'600'000});
  return settings;
}

} // namespace

circuit_breaker::circuit_breaker(const breaker_settings& settings) noexcept
    : settings_(in_bounds(settings))
    , window_(settings_.window) {}

breaker_state circuit_breaker::state(steady_time now) const noexcept {
  return state_ == breaker_state::open && now >= since_ + open_time_ ? breaker_state::half_open : state_;
}

bool circuit_breaker::probe_place(steady_time now) const noexcept {
  return probes_in_flight_ < settings_.probes_max || now - last_probe_ >= settings_.probe_time;
}

bool circuit_breaker::allows(steady_time now) const noexcept {
  switch (state_) {
  case breaker_state::closed: return true;
  case breaker_state::open: return now >= since_ + open_time_;
  case breaker_state::half_open: return probe_place(now);
  }
  return false;
}

steady_time circuit_breaker::retry_at(steady_time now) const noexcept {
  if (allows(now)) {
    return now;
  }
  return state_ == breaker_state::open ? since_ + open_time_ : now + settings_.open_time;
}

breaker_permit circuit_breaker::enter(steady_time now) noexcept {
  if (!allows(now)) {
    return {};
  }
  if (state_ != breaker_state::closed) {
    if (state_ == breaker_state::open || probes_in_flight_ >= settings_.probes_max) {
      enter_state(breaker_state::half_open, now); // or begin it anew: the last probes were lost
    }
    ++probes_in_flight_;
    last_probe_ = now;
  }
  window_.add(k_calls, now);
  ++begun_since_success_;
  return {.admitted = true, .era = era_};
}

void circuit_breaker::succeeded(breaker_permit permit, steady_time now) noexcept {
  if (!permit.admitted || permit.era != era_) {
    return;
  }
  failures_in_row_ = 0;
  begun_since_success_ = 0;
  if (state_ == breaker_state::half_open) {
    --probes_in_flight_;
    if (++probes_succeeded_ >= settings_.probes_good) {
      enter_state(breaker_state::closed, now);
    }
  }
}

void circuit_breaker::failed(breaker_permit permit, steady_time now) noexcept {
  if (!permit.admitted || permit.era != era_) {
    return;
  }
  if (state_ == breaker_state::half_open) {
    open(now);
    return;
  }
  window_.add(k_failures, now);
  ++failures_in_row_;
  if (too_many_failures()) {
    open(now);
  }
}

void circuit_breaker::dropped(breaker_permit permit) noexcept {
  if (permit.admitted && permit.era == era_ && state_ == breaker_state::half_open) {
    --probes_in_flight_;
  }
}

bool circuit_breaker::too_many_failures() const noexcept {
  if (settings_.consecutive_failures > 0 && failures_in_row_ >= settings_.consecutive_failures &&
      failures_in_row_ * 100 >= begun_since_success_ * settings_.failure_percent) {
    return true;
  }
  const std::uint64_t calls = window_.sum(k_calls);
  return calls >= settings_.calls_min && window_.sum(k_failures) * 100 >= calls * settings_.failure_percent;
}

void circuit_breaker::open(steady_time now) noexcept {
  // A backend that stayed closed for the longest open time has earned a fresh start; one that flaps has not.
  const bool recovered = state_ == breaker_state::closed && now - since_ > settings_.open_time_max;
  open_time_ = recovered || open_time_.count() == 0
                   ? settings_.open_time
                   : std::min<std::chrono::nanoseconds>(2 * open_time_, settings_.open_time_max);
  enter_state(breaker_state::open, now);
}

void circuit_breaker::enter_state(breaker_state next, steady_time now) noexcept {
  state_ = next;
  since_ = now;
  ++era_;
  window_.clear();
  failures_in_row_ = 0;
  begun_since_success_ = 0;
  probes_in_flight_ = 0;
  probes_succeeded_ = 0;
}

} // namespace inferenceflow::resilience
