#include "resilience/latency_sketch.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace inferenceflow::resilience {

using std::chrono::nanoseconds;

namespace {

constexpr unsigned k_sub_bits = 3; // log2 of k_per_octave
constexpr nanoseconds k_half_life_min{1'000'000'000};
static_assert(latency_sketch::k_per_octave == std::size_t{1} << k_sub_bits);

// Bucket bounds in microseconds, from 2^10 (1 ms) on.
constexpr unsigned k_first_octave = 10;

std::size_t bucket_of(nanoseconds sample) noexcept {
  const auto us = static_cast<std::uint64_t>(std::max<std::int64_t>(sample.count() / 1'000, 0));
  const auto octave = static_cast<unsigned>(std::bit_width(us | 1U)) - 1;
  if (octave < k_first_octave) {
    return 0;
  }
  const std::size_t within = (us >> (octave - k_sub_bits)) & (latency_sketch::k_per_octave - 1);
  return std::min((octave - k_first_octave) * latency_sketch::k_per_octave + within, latency_sketch::k_buckets - 1);
}

/// Where bucket `at` begins. @returns microseconds.
double lower_bound_us(std::size_t at) noexcept {
  const double within = static_cast<double>(at % latency_sketch::k_per_octave) / latency_sketch::k_per_octave;
  return std::ldexp(1 + within, static_cast<int>(at / latency_sketch::k_per_octave + k_first_octave));
}

} // namespace

latency_sketch::latency_sketch(nanoseconds half_life) noexcept
    : half_life_(std::max(half_life, k_half_life_min)) {}

void latency_sketch::fade(steady_time now) noexcept {
  if (now < next_fading_) {
    return;
  }
  if (next_fading_ != steady_time{}) {
    const auto halvings = 1 + (now - next_fading_) / half_life_;
    const auto factor = std::ldexp(1.0F, static_cast<int>(-std::min<std::int64_t>(halvings, 100)));
    for (float& count : buckets_) {
      count *= factor;
    }
    weight_ *= static_cast<double>(factor);
  }
  next_fading_ = now + half_life_;
}

void latency_sketch::record(nanoseconds sample, steady_time now) noexcept {
  fade(now);
  buckets_[bucket_of(sample)] += 1;
  weight_ += 1;
}

nanoseconds latency_sketch::quantile(double share) const noexcept {
  if (weight_ < 1e-6) {
    return nanoseconds{0};
  }
  double left = weight_ * std::clamp(share, 0.0, 1.0);
  std::size_t last = 0; // the last bucket that holds anything, should rounding leave something over
  for (std::size_t at = 0; at < k_buckets; ++at) {
    const auto count = static_cast<double>(buckets_[at]);
    if (count > 0 && left <= count) {
      const double low = lower_bound_us(at);
      const double us = low + (lower_bound_us(at + 1) - low) * (left / count);
      return nanoseconds{static_cast<nanoseconds::rep>(us * 1'000)};
    }
    left -= count;
    last = count > 0 ? at : last;
  }
  return nanoseconds{static_cast<nanoseconds::rep>(lower_bound_us(last + 1) * 1'000)};
}

} // namespace inferenceflow::resilience
