#include "resilience/retry_budget.h"

#include <algorithm>

namespace inferenceflow::resilience {

using std::chrono::milliseconds;

namespace {

milliseconds window_of(const retry_budget_settings& settings) noexcept {
  return std::clamp(settings.window, milliseconds{1'000}, milliseconds{60'000});
}

} // namespace

retry_budget::retry_budget(retry_budget_settings settings) noexcept
    : window_(window_of(settings))
    , share_percent_(std::min<std::uint64_t>(settings.share_percent, 100))
    , floor_(std::min<std::uint64_t>(settings.floor_per_s, 1'000) *
             static_cast<std::uint64_t>(window_of(settings).count()) / 1'000) {}

std::uint64_t retry_budget::left(steady_time now) noexcept {
  window_.roll(now);
  const std::uint64_t allowed = window_.sum(k_requests) * share_percent_ / 100 + floor_;
  const std::uint64_t spent = window_.sum(k_retries);
  return allowed > spent ? allowed - spent : 0;
}

bool retry_budget::try_spend(steady_time now) noexcept {
  if (left(now) == 0) {
    return false;
  }
  window_.add(k_retries, now);
  return true;
}

} // namespace inferenceflow::resilience
