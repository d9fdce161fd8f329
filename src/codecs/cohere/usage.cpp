#include "codecs/cohere/usage.h"

#include "dialogue/token_count.h"

#include <algorithm>

namespace inferenceflow::codecs::cohere {

namespace {

using dialogue::token_count;
using count = std::optional<std::int64_t>;

void write_counts(json_out& json, std::string_view name, const cost::token_usage& usage) {
  json.open_object_member(name);
  json.integer_member("input_tokens", usage.input());
  json.integer_member("output_tokens", usage.completion());
  json.close_object();
}

} // namespace

std::optional<cost::token_usage> read_usage(const dialogue::json_view& block) {
  const count billed_input = token_count(block, {"billed_units", "input_tokens"});
  const count billed_output = token_count(block, {"billed_units", "output_tokens"});
  const count all_input = token_count(block, {"tokens", "input_tokens"});
  const count all_output = token_count(block, {"tokens", "output_tokens"});
  const count input = billed_input ? billed_input : all_input;
  const count output = billed_output ? billed_output : all_output;
  if (!input && !output) {
    return std::nullopt;
  }
  cost::token_usage usage;
  const std::int64_t prompt = input.value_or(0);
  const std::int64_t unbilled = std::max<std::int64_t>(all_input.value_or(prompt) - prompt, 0);
  const std::int64_t cached = token_count(block, {"cached_tokens"}).value_or(0);
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
