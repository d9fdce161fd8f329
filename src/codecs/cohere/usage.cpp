#include "codecs/cohere/usage.h"

#include <algorithm>
#include <cmath>

namespace inferenceflow::codecs::cohere {

namespace {

using count = std::optional<std::int64_t>;

/// Counts are JSON numbers, at times 25.0.
count read_count(const dialogue::json_view& value) {
  const auto number = value.number();
  if (!number || std::isnan(*number)) {
    return std::nullopt;
  }
  return static_cast<std::int64_t>(std::clamp(std::trunc(*number), 0.0, static_cast<double>(cost::k_tokens_max)));
}

void write_counts(json_out& json, std::string_view name, const cost::token_usage& usage) {
  json.open_object_member(name);
  json.integer_member("input_tokens", usage.input());
  json.integer_member("output_tokens", usage.completion());
  json.close_object();
}

} // namespace

std::optional<cost::token_usage> read_usage(const dialogue::json_view& block) {
  const auto billed = block.member("billed_units");
  const auto tokens = block.member("tokens");
  const count billed_input = read_count(billed.member("input_tokens"));
  const count billed_output = read_count(billed.member("output_tokens"));
  const count all_input = read_count(tokens.member("input_tokens"));
  const count all_output = read_count(tokens.member("output_tokens"));
  const count input = billed_input ? billed_input : all_input;
  const count output = billed_output ? billed_output : all_output;
  if (!input && !output) {
    return std::nullopt;
  }
  cost::token_usage usage;
  const std::int64_t prompt = input.value_or(0);
  const std::int64_t unbilled = std::max<std::int64_t>(all_input.value_or(prompt) - prompt, 0);
  const std::int64_t cached = read_count(block.member("cached_tokens")).value_or(0);
  usage.cached_input = std::clamp<std::int64_t>(cached - unbilled, 0, prompt);
  usage.fresh_input = prompt - usage.cached_input;
  usage.output = output.value_or(0);
  return usage;
}

void write_usage(json_out& json, const cost::token_usage& usage) {
  json.open_object();
  write_counts(json, "billed_units", usage);
  write_counts(json, "tokens", usage);
  json.integer_member("cached_tokens", usage.cached_input);
  json.close_object();
}

} // namespace inferenceflow::codecs::cohere
