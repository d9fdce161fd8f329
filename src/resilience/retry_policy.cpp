#include "resilience/retry_policy.h"

#include <algorithm>

namespace inferenceflow::resilience {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;

namespace {

nanoseconds share_of(nanoseconds most, random_stream& random) noexcept {
  return nanoseconds{static_cast<nanoseconds::rep>(static_cast<double>(most.count()) * random.unit())};
}

} // namespace

retry_policy::retry_policy(retry_settings settings) noexcept
    : settings_(settings) {
  settings_.attempts_max = std::clamp<std::size_t>(settings.attempts_max, 1, 10);
  settings_.backoff_base = std::clamp(settings.backoff_base, milliseconds{1}, milliseconds{10'000});
  settings_.backoff_max = std::clamp(settings.backoff_max, settings_.backoff_base, milliseconds{60'000});
  settings_.retry_after_max = std::clamp(settings.retry_after_max, milliseconds{0}, milliseconds{600'000});
  settings_.deadline = std::clamp(settings.deadline, milliseconds{1}, milliseconds{3'600'000});
}

nanoseconds retry_policy::backoff(std::size_t attempts_made, random_stream& random) const noexcept {
  // 2^16 times the least base is over the greatest maximum: no shift can overflow.
  const auto doublings = static_cast<unsigned>(std::min<std::size_t>(attempts_made - 1, 16));
  const nanoseconds grown = nanoseconds{settings_.backoff_base} * (std::int64_t{1} << doublings);
  return share_of(std::min<nanoseconds>(grown, settings_.backoff_max), random);
}

retry_decision retry_policy::decide(const retry_question& asked, random_stream& random) const noexcept {
  if (asked.delivered) {
    return {.verdict = retry_verdict::delivered};
  }
  if (!settings_.retryable.contains(asked.what)) {
    return {.verdict = retry_verdict::not_retryable};
  }
  if (asked.attempts_made >= settings_.attempts_max) {
    return {.verdict = retry_verdict::attempts_used};
  }
  nanoseconds delay{0};
  if (asked.retry_after) {
    if (*asked.retry_after > settings_.retry_after_max) {
      return {.verdict = retry_verdict::retry_after_too_long};
    }
    // Everybody was told the same moment: spread out after it, never before.
    delay = *asked.retry_after + share_of(settings_.backoff_base, random);
  } else if (!asked.elsewhere) {
    delay = backoff(std::max<std::size_t>(asked.attempts_made, 1), random);
  }
  if (asked.now + delay >= asked.deadline) {
    return {.verdict = asked.retry_after ? retry_verdict::retry_after_too_long : retry_verdict::deadline};
  }
  return {.verdict = retry_verdict::retry, .delay = delay};
}

} // namespace inferenceflow::resilience
