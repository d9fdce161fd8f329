/// Prompts of an exact length that nobody sent before and that the model can continue without end.
///
/// Role:      every measurement of bench_engine.
/// Lifecycle: construct → fresh()*.
/// Threading: one thread.
/// Bounds:    none.
///
/// Random tokens, then the beginning of an enumeration: no two prompts share their beginning, so that nothing known
/// from an earlier request shortens the work, and the model counts on for as long as it may.
#pragma once

#include "engine/request.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <random>
#include <utility>
#include <vector>

namespace inferenceflow::bench {

using token_list = std::vector<engine::token_id>;

class prompt_maker {
public:
  /// @param vocabulary  tokens of the model. @param tail  tokens of an enumeration.
  prompt_maker(std::uint32_t vocabulary, token_list tail, std::uint32_t seed)
      : first_(static_cast<engine::token_id>(vocabulary / 64)) // control tokens come first
      , last_(static_cast<engine::token_id>(vocabulary) - 1)
      , tail_(std::move(tail))
      , random_(seed) {}

  /// @returns `count` random tokens.
  [[nodiscard]] token_list noise(std::uint32_t count) {
    std::uniform_int_distribution<engine::token_id> any(first_, last_);
    token_list tokens(count);
    for (auto& token : tokens) {
      token = any(random_);
    }
    return tokens;
  }

  /// A prompt of `count` tokens; at least half of them are new.
  [[nodiscard]] token_list fresh(std::uint32_t count) { return ending({}, count); }

  /// `prefix`, then `count` tokens more.
  [[nodiscard]] token_list ending(token_list prefix, std::uint32_t count) {
    const auto enumerated = std::min<std::size_t>(tail_.size(), count / 2);
    const auto random = noise(count - static_cast<std::uint32_t>(enumerated));
    prefix.insert(prefix.end(), random.begin(), random.end());
    prefix.insert(prefix.end(), tail_.end() - static_cast<std::ptrdiff_t>(enumerated), tail_.end());
    return prefix;
  }

private:
  engine::token_id first_;
  engine::token_id last_;
  token_list tail_;
  std::mt19937 random_;
};

/// A greedy request for exactly so many tokens.
[[nodiscard]] inline engine::generation greedy(token_list prompt, std::uint32_t tokens_max) {
  engine::generation request;
  request.prompt = std::move(prompt);
  request.sampling.temperature = 0;
  request.tokens_max = tokens_max;
  return request;
}

} // namespace inferenceflow::bench
