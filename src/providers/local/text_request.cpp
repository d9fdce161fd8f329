#include "providers/local/text_request.h"

#include "providers/local/chat_fields.h"
#include "providers/local/sampling_fields.h"

#include <algorithm>
#include <boost/json/array.hpp>
#include <fmt/format.h>
#include <limits>
#include <utility>

namespace inferenceflow::providers::local {
namespace {

constexpr std::int64_t k_tokens_max = std::numeric_limits<std::int32_t>::max();

// Everything but the prompt, the token limit and the log probabilities.
result<engine::generation> read_common(const body_fields& fields, text_request& request) {
  engine::generation common;
  if (auto stream = read_stream(fields, request); stream.has_error()) {
    return stream.error();
  }
  auto sampling = read_sampling(fields);
  if (sampling.has_error()) {
    return sampling.error();
  }
  common.sampling = std::move(sampling).value();
  auto stop = read_stop(fields);
  if (stop.has_error()) {
    return stop.error();
  }
  common.stop = std::move(stop).value();
  const auto choices = fields.integer("n", 1, k_choices_max);
  if (choices.has_error()) {
    return choices.error();
  }
  common.choices = static_cast<std::uint32_t>(choices.value().value_or(1));
  return common;
}

result<std::optional<std::uint32_t>> read_tokens_max(const body_fields& fields) {
  for (const auto* name : {"max_completion_tokens", "max_tokens"}) {
    const auto limit = fields.integer(name, 1, k_tokens_max);
    if (limit.has_error()) {
      return limit.error();
    }
    if (limit.value()) {
      return std::optional(static_cast<std::uint32_t>(*limit.value()));
    }
  }
  return std::optional<std::uint32_t>();
}

result<void> read_chat_logprobs(const body_fields& fields, engine::generation& common) {
  const auto wanted = fields.boolean("logprobs");
  if (wanted.has_error()) {
    return wanted.error();
  }
  const auto top = fields.integer("top_logprobs", 0, k_top_logprobs_max);
  if (top.has_error()) {
    return top.error();
  }
  common.logprobs = wanted.value().value_or(false);
  common.top_logprobs = static_cast<std::uint32_t>(top.value().value_or(0));
  if (common.top_logprobs > 0 && !common.logprobs) {
    return bad_field("top_logprobs", "'top_logprobs' is only allowed when 'logprobs' is true");
  }
  return {};
}

// A string, an array of strings, one array of token ids, or an array of such arrays.
result<std::vector<engine::prompt_source>> read_prompts(const body_fields& fields) {
  const auto refuse = [] {
    return bad_field("prompt",
                     "'prompt' must be a string, an array of strings, an array of token ids, or an array of those");
  };
  const auto* value = fields.find("prompt");
  std::vector<engine::prompt_source> prompts;
  if (value != nullptr && value->is_string()) {
    prompts.emplace_back(std::string(value->get_string()));
    return prompts;
  }
  if (value == nullptr || !value->is_array() || value->get_array().empty()) {
    return refuse();
  }
  const auto& array = value->get_array();
  const bool one_of_tokens = array.front().is_number();
  if (!one_of_tokens && array.size() > k_prompts_max) {
    return bad_field("prompt",
                     fmt::format("'prompt' holds {} prompts, at most {} are allowed", array.size(), k_prompts_max));
  }
  const std::size_t count = one_of_tokens ? 1 : array.size();
  for (std::size_t i = 0; i < count; ++i) {
    const auto& one = one_of_tokens ? *value : array[i];
    if (one.is_string()) {
      prompts.emplace_back(std::string(one.get_string()));
    } else if (one.is_array()) {
      auto tokens = read_tokens(one.get_array(), "prompt");
      if (tokens.has_error()) {
        return tokens.error();
      }
      prompts.emplace_back(std::move(tokens).value());
    } else {
      return refuse();
    }
  }
  return prompts;
}

result<void> refuse_completion_extras(const body_fields& fields, std::uint32_t choices) {
  const auto best_of = fields.integer("best_of", 1, k_choices_max);
  if (best_of.has_error()) {
    return best_of.error();
  }
  if (best_of.value() && *best_of.value() != static_cast<std::int64_t>(choices)) {
    return bad_field("best_of", "'best_of' is not supported by this local model, unless it equals 'n'");
  }
  return refuse_fields(fields, {{"echo", "the answer never repeats the prompt"}, {"suffix", "it cannot fill in text"}});
}

} // namespace

result<text_request> parse_chat_request(const boost::json::object& body) {
  const body_fields fields(body);
  text_request request;
  if (auto refused = refuse_chat_extras(fields); refused.has_error()) {
    return refused.error();
  }
  auto common = read_common(fields, request);
  if (common.has_error()) {
    return common.error();
  }
  auto& generation = request.generations.emplace_back(std::move(common).value());
  auto messages = read_messages(fields);
  if (messages.has_error()) {
    return messages.error();
  }
  generation.prompt = std::move(messages).value();
  const auto limit = read_tokens_max(fields);
  if (limit.has_error()) {
    return limit.error();
  }
  generation.tokens_max = limit.value();
  if (auto logprobs = read_chat_logprobs(fields, generation); logprobs.has_error()) {
    return logprobs.error();
  }
  auto schema = read_response_format(fields);
  if (schema.has_error()) {
    return schema.error();
  }
  generation.json_schema = std::move(schema).value();
  request.logprobs = generation.logprobs;
  return request;
}

result<text_request> parse_completion_request(const boost::json::object& body) {
  const body_fields fields(body);
  text_request request;
  request.chat = false;
  auto common = read_common(fields, request);
  if (common.has_error()) {
    return common.error();
  }
  auto& generation = common.value();
  if (auto refused = refuse_completion_extras(fields, generation.choices); refused.has_error()) {
    return refused.error();
  }
  const auto logprobs = fields.integer("logprobs", 0, k_completion_logprobs_max);
  if (logprobs.has_error()) {
    return logprobs.error();
  }
  generation.logprobs = logprobs.value().has_value();
  request.logprobs = generation.logprobs;
  generation.top_logprobs = static_cast<std::uint32_t>(logprobs.value().value_or(0));
  const auto limit = read_tokens_max(fields);
  if (limit.has_error()) {
    return limit.error();
  }
  generation.tokens_max = limit.value().value_or(k_completion_tokens_default);
  auto prompts = read_prompts(fields);
  if (prompts.has_error()) {
    return prompts.error();
  }
  for (auto& prompt : prompts.value()) {
    request.generations.push_back(generation);
    request.generations.back().prompt = std::move(prompt);
  }
  return request;
}

} // namespace inferenceflow::providers::local
