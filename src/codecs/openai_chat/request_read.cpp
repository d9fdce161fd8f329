#include "codecs/openai_chat/request_read.h"

#include "codecs/openai_chat/extra_fields.h"
#include "codecs/openai_chat/message_read.h"
#include "codecs/openai_chat/tool_read.h"
#include "dialogue/json_view.h"

#include <algorithm>
#include <fmt/format.h>
#include <utility>

namespace inferenceflow::codecs::openai_chat {

using dialogue::json_view;
using dialogue::request;

namespace {

constexpr std::int64_t k_answers_max = 128;

void keep(request& into, std::string_view name, const json_view& value) {
  into.extras.push_back({.name = std::string{name}, .json = value.json(), .essential = is_essential_extra(name)});
}

void read_stop(request& into, const json_view& stop) {
  if (stop.is_array()) {
    stop.each([&](const json_view& one) { into.stop.emplace_back(one.required_text()); });
  } else if (const std::string_view one = stop.text(); !one.empty()) {
    into.stop.emplace_back(one);
  }
}

/// -1 is how some hosts write "no limit".
void read_token_limit(request& into, const json_view& limit) {
  const auto tokens = limit.integer(-1);
  if (tokens && *tokens == 0) {
    limit.fail("must be at least 1");
  } else if (tokens && *tokens > 0) {
    into.tokens_max = tokens;
  }
}

void read_effort(request& into, std::string_view name, const json_view& wish) {
  using dialogue::effort;
  constexpr std::pair<std::string_view, effort> k_words[] = {{"none", effort::none}, {"minimal", effort::minimal},
                                                             {"low", effort::low},   {"medium", effort::medium},
                                                             {"high", effort::high}, {"xhigh", effort::extra_high}};
  for (const auto& [word, level] : k_words) {
    if (wish.text() == word) {
      into.reasoning.level = level;
      return;
    }
  }
  if (wish.present()) {
    keep(into, name, wish); // a level of one host, e.g. Groq's "default"
  }
}

/// OpenRouter: {"effort", "max_tokens", "exclude", "enabled"}; Responses-like hosts add "summary".
void read_reasoning_object(request& into, const json_view& wish) {
  wish.members([&](std::string_view name, const json_view& value) {
    if (name == "effort") {
      read_effort(into, "reasoning.effort", value);
    } else if (name == "max_tokens") {
      into.reasoning.budget_tokens = value.integer(0);
    } else if (name == "exclude") {
      into.reasoning.shown = !value.flag().value_or(false);
    } else if (name == "summary") {
      into.reasoning.summary = value.text();
    } else if (name != "enabled") {
      keep(into, fmt::format("reasoning.{}", name), value);
    }
  });
  if (const auto enabled = wish.member("enabled").flag();
      enabled && !into.reasoning.level && !into.reasoning.budget_tokens) {
    into.reasoning.budget_tokens = *enabled ? -1 : 0;
  }
}

/// DeepSeek, z.ai, Moonshot: {"type": "enabled" | "disabled", "budget_tokens", …}.
void read_thinking_object(request& into, const json_view& wish) {
  wish.members([&](std::string_view name, const json_view& value) {
    if (name == "type") {
      into.reasoning.budget_tokens = value.text() == "disabled" ? 0 : into.reasoning.budget_tokens.value_or(-1);
    } else if (name == "budget_tokens") {
      into.reasoning.budget_tokens = value.integer(0);
    } else {
      keep(into, fmt::format("thinking.{}", name), value);
    }
  });
}

/// @returns false if the field is none of these.
bool read_sampling(request& into, std::string_view name, const json_view& value) {
  dialogue::sampling& sample = into.sample;
  if (name == "temperature") {
    sample.temperature = value.number();
  } else if (name == "top_p") {
    sample.top_p = value.number();
  } else if (name == "min_p") {
    sample.min_p = value.number();
  } else if (name == "top_k") {
    sample.top_k = value.integer();
  } else if (name == "presence_penalty") {
    sample.presence_penalty = value.number();
  } else if (name == "frequency_penalty") {
    sample.frequency_penalty = value.number();
  } else if (name == "repetition_penalty" || name == "repeat_penalty") {
    sample.repetition_penalty = value.number();
  } else if (name == "seed" || name == "random_seed") {
    sample.seed = value.integer();
  } else if (name == "logit_bias") {
    if (value.is_object()) {
      sample.logit_bias = value.json();
    } else {
      value.fail("must be an object");
    }
  } else {
    return false;
  }
  return true;
}

/// @returns false if the field is none of these.
bool read_wish(request& into, std::string_view name, const json_view& value) {
  if (name == "n") {
    into.answers = value.integer(1, k_answers_max).value_or(1);
  } else if (name == "logprobs") {
    into.logprobs = value.flag().value_or(false);
  } else if (name == "top_logprobs") {
    into.top_logprobs = value.integer(0).value_or(0);
  } else if (name == "stop") {
    read_stop(into, value);
  } else if (name == "reasoning_effort") {
    read_effort(into, name, value);
  } else if (name == "reasoning") {
    read_reasoning_object(into, value);
  } else if (name == "thinking") {
    read_thinking_object(into, value);
  } else if (name == "service_tier") {
    into.service_tier = value.text();
  } else if (name == "prompt_cache_key") {
    into.cache_key = value.text();
  } else if (name == "user") {
    into.user = value.text();
  } else {
    return false;
  }
  return true;
}

void read_stream_options(request& into, const json_view& options) {
  options.members([&](std::string_view name, const json_view& value) {
    if (name != "include_usage") {
      keep(into, fmt::format("stream_options.{}", name), value);
    }
  });
}

void read_field(request& into, std::string_view name, const json_view& value) {
  if (name == "model" || name == "messages" || name == "stream" || name == "max_tokens" ||
      name == "max_completion_tokens" || name == "safety_identifier" || read_sampling(into, name, value) ||
      read_wish(into, name, value) || read_tool_field(into, name, value)) {
    return; // the first six are read in an order of their own
  }
  if (name == "stream_options") {
    read_stream_options(into, value);
  } else {
    keep(into, name, value);
  }
}

} // namespace

result<request> read_request(std::string_view body) {
  dialogue::json_document document;
  const json_view root = document.parse(body);
  request got;
  if (!document.failure() && !root.is_object()) {
    root.fail("must be a JSON object");
  }
  if (document.failure()) {
    return *document.failure();
  }
  got.model = root.member("model").required_text();
  if (const auto messages = root.member("messages"); messages.size() == 0) {
    messages.fail(messages.present() ? "must hold at least one message" : "is missing");
  } else {
    message_reader reader;
    got.messages.reserve(messages.size());
    messages.each([&](const json_view& one) { got.messages.push_back(reader.read(one)); });
  }
  const auto limit = root.member("max_completion_tokens");
  read_token_limit(got, limit.present() ? limit : root.member("max_tokens"));
  root.members([&](std::string_view name, const json_view& value) { read_field(got, name, value); });
  got.stream = root.member("stream").flag().value_or(false);
  got.usage_in_stream = !got.stream || root.member("stream_options").member("include_usage").flag().value_or(false);
  if (const auto identifier = root.member("safety_identifier"); identifier.present()) {
    if (got.user.empty()) { // what `user` was renamed to
      got.user = identifier.text();
    } else {
      keep(got, "safety_identifier", identifier);
    }
  }
  // By name: some are read off other fields, and their order says nothing.
  std::sort(got.extras.begin(), got.extras.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  if (document.failure()) {
    return *document.failure();
  }
  return got;
}

} // namespace inferenceflow::codecs::openai_chat
