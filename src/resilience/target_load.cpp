#include "resilience/target_load.h"

#include <algorithm>
#include <cmath>

namespace inferenceflow::resilience {

namespace {

constexpr double k_unmeasured_cost = 1e18;
constexpr std::chrono::nanoseconds k_decay_min{1'000'000};

} // namespace

target_load::target_load(std::chrono::nanoseconds decay) noexcept
    : decay_ns_(static_cast<double>(std::max(decay, k_decay_min).count())) {}

void target_load::started(std::uint64_t tokens) noexcept {
  outstanding_tokens_ += tokens;
  ++outstanding_calls_;
}

void target_load::dropped(std::uint64_t tokens) noexcept {
  outstanding_tokens_ -= std::min(tokens, outstanding_tokens_);
  outstanding_calls_ -= std::min<std::uint64_t>(1, outstanding_calls_);
}

void target_load::finished(std::uint64_t tokens, std::uint64_t answered_tokens, std::chrono::nanoseconds elapsed,
                           steady_time now) noexcept {
  dropped(tokens);
  const double sample =
      static_cast<double>(elapsed.count()) / static_cast<double>(std::max<std::uint64_t>(answered_tokens, 1));
  if (sample >= peak_ewma_ns_) {
    peak_ewma_ns_ = sample; // a peak counts at once, what follows wears it away
  } else {
    const double kept = std::exp(-static_cast<double>(std::max(now - measured_at_, {}).count()) / decay_ns_);
    peak_ewma_ns_ = peak_ewma_ns_ * kept + sample * (1 - kept);
  }
  measured_at_ = std::max(now, measured_at_);
}

double target_load::time_per_token_ns(steady_time now) const noexcept {
  if (peak_ewma_ns_ == 0 || now <= measured_at_) {
    return peak_ewma_ns_;
  }
  return peak_ewma_ns_ * std::exp(-static_cast<double>((now - measured_at_).count()) / decay_ns_);
}

double target_load::cost(steady_time now) const noexcept {
  const double outstanding = static_cast<double>(outstanding_tokens_);
  if (peak_ewma_ns_ == 0 && outstanding_calls_ > 0) {
    return k_unmeasured_cost + outstanding;
  }
  return time_per_token_ns(now) * (outstanding + 1);
}

} // namespace inferenceflow::resilience
