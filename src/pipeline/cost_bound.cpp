#include "pipeline/cost_bound.h"

#include "cost/model_price.h"

#include <algorithm>

namespace inferenceflow::pipeline {

namespace {

constexpr std::int64_t k_answer_tokens_reserved = 4'096;
constexpr std::int64_t k_media_tokens_reserved = 8'192; ///< their bytes say nothing of their tokens
constexpr std::size_t k_bytes_per_token_least = 2;

} // namespace

money cost_at_most(const request& asked, const question& about, const routing::route& target, wall_time now) {
  const std::size_t text = asked.facts.prompt_text_bytes;
  const std::size_t bytes = about.media ? text : std::max(text, asked.body.size());
  const bool embeds = asked.op == wire::openai::operation::embedding;
  const std::int64_t answer = embeds ? 0 : asked.facts.max_tokens.value_or(k_answer_tokens_reserved);
  const cost::token_usage usage{.fresh_input = static_cast<std::int64_t>(bytes / k_bytes_per_token_least + 1) +
                                               (about.media ? k_media_tokens_reserved : 0),
                                .output = answer * asked.facts.choices};
  return cost::price_of(usage, target.price->at(now));
}

} // namespace inferenceflow::pipeline
