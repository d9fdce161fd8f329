#include "resilience/hedge_policy.h"

#include <algorithm>

namespace inferenceflow::resilience {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;

namespace {

hedge_settings in_bounds(hedge_settings settings) noexcept {
  settings.quantile_permille = std::clamp<std::size_t>(settings.quantile_permille, 500, 999);
  settings.samples_min = std::clamp<std::size_t>(settings.samples_min, 1, 100'000);
  settings.share_percent = std::min<std::size_t>(settings.share_percent, 100);
  settings.window = std::clamp(settings.window, milliseconds{1'000}, milliseconds{600'000});
  settings.delay_min = std::clamp(settings.delay_min, milliseconds{1}, milliseconds{60'000});
  settings.delay_max = std::clamp(settings.delay_max, settings.delay_min, milliseconds{600'000});
  settings.half_life = std::clamp(settings.half_life, milliseconds{1'000}, milliseconds{3'600'000});
  return settings;
}

} // namespace

first_token_times::first_token_times(const hedge_settings& settings) noexcept
    : sketch_(in_bounds(settings).half_life)
    , share_(static_cast<double>(in_bounds(settings).quantile_permille) / 1'000)
    , samples_min_(static_cast<double>(in_bounds(settings).samples_min)) {}

void first_token_times::record(nanoseconds elapsed, steady_time now) noexcept {
  sketch_.record(elapsed, now);
  // Reading the quantile walks the histogram: done for some of the samples, so that asking costs nothing.
  if (++since_computed_ >= k_stale) {
    since_computed_ = 0;
    quantile_ = sketch_.quantile(share_);
  }
}

std::optional<nanoseconds> first_token_times::quantile() const noexcept {
  if (sketch_.weight() < samples_min_) {
    return std::nullopt;
  }
  return quantile_;
}

hedge_policy::hedge_policy(const hedge_settings& settings) noexcept
    : settings_(in_bounds(settings))
    , window_(settings_.window) {}

std::optional<nanoseconds> hedge_policy::delay(const first_token_times& times, bool side_effects) const noexcept {
  if (!settings_.enabled || side_effects) {
    return std::nullopt;
  }
  const auto wait = times.quantile();
  if (!wait || *wait > settings_.delay_max) {
    return std::nullopt;
  }
  return std::max<nanoseconds>(*wait, settings_.delay_min);
}

bool hedge_policy::try_hedge(steady_time now) noexcept {
  window_.roll(now);
  if ((window_.sum(k_hedges) + 1) * 100 > window_.sum(k_requests) * settings_.share_percent) {
    return false;
  }
  window_.add(k_hedges, now);
  return true;
}

} // namespace inferenceflow::resilience
