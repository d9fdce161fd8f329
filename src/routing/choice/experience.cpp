#include "routing/choice/experience.h"

#include <algorithm>

namespace inferenceflow::routing {

namespace {

constexpr double k_mean_weight = 0.05; ///< of a new answer in the running means: about the last forty count
constexpr double k_median = 0.5;
constexpr double k_high = 0.95;
constexpr std::int64_t k_token_scale = 1'000;     ///< tokens take microseconds where sketches begin at a millisecond
constexpr std::uint64_t k_prompt_bytes_min = 200; ///< of less the frame around the text is too large a part
constexpr std::int64_t k_stream_tokens_min = 4;   ///< fewer say nothing about the time between tokens

void blend(double& mean, double value) {
  mean = mean == 0 ? value : mean + k_mean_weight * (value - mean);
}

double seconds(std::chrono::nanoseconds time) {
  return std::chrono::duration<double>(time).count();
}

} // namespace

experience::entry& experience::entry_of(std::uint64_t target, steady_time now) {
  const auto found = targets_.find(target);
  if (found != targets_.end()) {
    found->second.used = now;
    return found->second;
  }
  if (targets_.size() >= k_targets_max) {
    targets_.erase(std::min_element(targets_.begin(), targets_.end(),
                                    [](const auto& a, const auto& b) { return a.second.used < b.second.used; }));
  }
  entry& made = targets_.emplace(target, half_life_).first->second;
  made.used = now;
  return made;
}

void experience::record(std::uint64_t target, const experienced& answer, steady_time now) {
  const std::scoped_lock lock{mutex_};
  entry& kept = entry_of(target, now);
  const std::int64_t tokens = std::max<std::int64_t>(answer.output_tokens, 0);
  if (answer.first_token.count() > 0 && tokens >= k_stream_tokens_min) {
    kept.first_token.record(answer.first_token, now);
    kept.per_token.record((answer.whole - answer.first_token) * k_token_scale / (tokens - 1), now);
  } else if (answer.first_token.count() > 0) {
    kept.first_token.record(answer.first_token, now);
  } else if (tokens > 0) { // it came whole: all of it is time per token
    kept.per_token.record(answer.whole * k_token_scale / tokens, now);
  }
  if (tokens > 0) {
    blend(kept.output_tokens, static_cast<double>(tokens));
  }
  // More tokens than bytes: the count includes what is not in the text, such as images.
  const auto prompt_tokens = static_cast<std::uint64_t>(std::max<std::int64_t>(answer.prompt_tokens, 0));
  if (prompt_tokens > 0 && answer.prompt_bytes >= k_prompt_bytes_min && prompt_tokens <= answer.prompt_bytes) {
    blend(kept.tokens_per_byte, static_cast<double>(prompt_tokens) / static_cast<double>(answer.prompt_bytes));
  }
}

void experience::recall(std::uint64_t target, candidate& into) const {
  const std::scoped_lock lock{mutex_};
  const auto found = targets_.find(target);
  if (found == targets_.end()) {
    return;
  }
  const entry& kept = found->second;
  into.speed = {.first_token_s = seconds(kept.first_token.quantile(k_median)),
                .first_token_high_s = seconds(kept.first_token.quantile(k_high)),
                .per_token_s = seconds(kept.per_token.quantile(k_median)) / k_token_scale,
                .per_token_high_s = seconds(kept.per_token.quantile(k_high)) / k_token_scale};
  into.tokens_per_byte = kept.tokens_per_byte;
  if (into.output_tokens <= 0) {
    into.output_tokens = kept.output_tokens;
  }
}

} // namespace inferenceflow::routing
