#include "engine/thread_governor.h"

#include <algorithm>
#include <bit>

namespace inferenceflow::engine {
namespace {

constexpr double k_smoothing = 0.25;             ///< weight of the newest step
constexpr double k_spike_factor = 3;             ///< a step counts at most so many times what is usual
constexpr double k_clearly_cheaper = 0.85;       ///< of the other's cost: less is noise
constexpr std::uint32_t k_first_trial_steps = 3; ///< steps before the first comparison
constexpr std::uint32_t k_trial_period_steps_min = 512;
constexpr std::uint32_t k_trial_period_steps_max = 8192;
constexpr std::uint32_t k_return_steps_min = 64; ///< of one thread, before all are tried again
constexpr double k_hopeless_factor = 3;          ///< a trial's first step this much dearer ends the trial
constexpr std::uint32_t k_trial_steps = 2;
constexpr double k_alarm_factor = 2.5;            ///< cost over its own best that calls for a trial at once
constexpr std::uint32_t k_alarm_pause_steps = 32; ///< between trials that alarms call for

} // namespace

thread_governor::thread_governor(std::uint32_t threads_all)
    : all_(threads_all)
    , trial_period_steps_(k_trial_period_steps_min) {}

void thread_governor::start_trial() {
  mode_ = other(mode_);
  trial_steps_left_ = k_trial_steps;
  trial_best_ = 0;
}

// The trial's mode stays if it was clearly cheaper than what the other had become.
void thread_governor::end_trial() {
  cost(mode_) = trial_best_;
  trial_steps_left_ = 0;
  if (cost(other(mode_)) * k_clearly_cheaper <= trial_best_) {
    mode_ = other(mode_);
    trial_period_steps_ = std::min(trial_period_steps_ * 2, k_trial_period_steps_max);
  } else {
    trial_period_steps_ = mode_ == mode::one ? k_return_steps_min : k_trial_period_steps_min;
  }
  for (auto& size : sizes_) {
    size.cheapest = 0;
  }
  sizes_[size_].cheapest = cost(mode_);
  steps_in_mode_ = 0;
}

// A trial is given up without a conclusion.
void thread_governor::come_to(std::size_t size) {
  if (trial_steps_left_ > 0) {
    mode_ = other(mode_);
    trial_steps_left_ = 0;
  }
  size_ = size;
  steps_in_size_ = 0;
}

void thread_governor::observe(double seconds_per_sequence, std::uint32_t sequences) {
  if (all_ <= 1 || seconds_per_sequence <= 0 || sequences == 0) {
    return;
  }
  const auto size = std::min(static_cast<std::size_t>(std::bit_width(sequences)) - 1, k_sizes - 1);
  if (size != size_) {
    const bool tried = trial_steps_left_ > 0;
    come_to(size);
    if (tried) {
      return; // the step was computed with the other threads
    }
  }
  if (trial_steps_left_ > 0) {
    trial_best_ = trial_best_ == 0 ? seconds_per_sequence : std::min(trial_best_, seconds_per_sequence);
    if (--trial_steps_left_ == 0 || trial_best_ > k_hopeless_factor * cost(other(mode_))) {
      end_trial();
    }
    return;
  }
  double& smoothed = cost(mode_);
  const double counted = std::min(seconds_per_sequence, k_spike_factor * smoothed);
  smoothed = smoothed == 0 ? seconds_per_sequence : smoothed + k_smoothing * (counted - smoothed);
  double& cheapest = sizes_[size_].cheapest;
  cheapest = cheapest == 0 ? smoothed : std::min(cheapest, smoothed);
  ++steps_in_mode_;
  ++steps_in_size_;
  const bool never_compared = cost(other(mode_)) == 0;
  const bool alarmed =
      smoothed > k_alarm_factor * cheapest && steps_in_mode_ >= (never_compared ? 2 : k_alarm_pause_steps);
  const auto period = never_compared ? k_first_trial_steps : trial_period_steps_;
  if (alarmed || (steps_in_mode_ >= period && steps_in_size_ >= k_first_trial_steps)) {
    start_trial();
  }
}

} // namespace inferenceflow::engine
