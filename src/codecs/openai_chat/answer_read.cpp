#include "codecs/openai_chat/answer_read.h"

#include "codecs/openai_chat/annotation.h"
#include "codecs/openai_chat/error.h"
#include "codecs/openai_chat/finish.h"
#include "codecs/openai_chat/message_read.h"
#include "codecs/openai_chat/usage.h"

#include <algorithm>
#include <fmt/format.h>

namespace inferenceflow::codecs::openai_chat {

using dialogue::json_view;
using dialogue::text_part;

namespace {

template <class Part> bool holds(const dialogue::choice& of) {
  return std::any_of(of.parts.begin(), of.parts.end(),
                     [](const auto& one) { return std::holds_alternative<Part>(one); });
}

/// Annotations count in the whole content, which is one text here.
void read_citations(const json_view& message, dialogue::choice& into) {
  const auto annotations = message.member("annotations");
  const auto words = std::find_if(into.parts.begin(), into.parts.end(),
                                  [](const auto& one) { return std::holds_alternative<text_part>(one); });
  if (annotations.size() == 0 || words == into.parts.end()) {
    return;
  }
  auto& text = std::get<text_part>(*words);
  text_ruler said;
  said.append(text.text);
  annotations.each([&](const json_view& annotation) {
    if (auto source = read_annotation(annotation, said)) {
      text.citations.push_back(*std::move(source));
    }
  });
}

dialogue::choice read_choice(const json_view& value) {
  dialogue::choice got;
  const auto message = value.member("message");
  if (!message.present()) {
    message.fail("is missing");
  }
  std::size_t made_ids = 0;
  read_assistant(message, got.parts, made_ids);
  read_citations(message, got);
  read_logprobs(value, got.logprobs);
  choice_end end = read_end(value);
  got.reason = settled(end.reason, holds<dialogue::tool_call_part>(got), holds<dialogue::refusal_part>(got));
  got.stop_sequence = std::move(end.stop_sequence);
  return got;
}

} // namespace

error upstream_fault(const error& fault) {
  return make_error(error_kind::upstream_failed,
                    fmt::format("the provider's answer is not in the Chat Completions format: {}", fault.message));
}

std::int64_t read_created(const json_view& document) {
  constexpr double k_latest = 9e15; // exact in a double, and far beyond any clock, milliseconds included
  const double seconds = document.member("created").number().value_or(0);
  return seconds > 0 && seconds < k_latest ? static_cast<std::int64_t>(seconds) : 0;
}

void read_logprobs(const json_view& choice, std::vector<dialogue::token_logprob>& into) {
  const auto logprobs = choice.member("logprobs");
  if (!logprobs.is_object() || !logprobs.member("content").is_array()) {
    return;
  }
  logprobs.member("content").each([&](const json_view& value) {
    dialogue::token_logprob one;
    one.token = value.member("token").text();
    one.logprob = value.member("logprob").number().value_or(0);
    value.member("top_logprobs").each([&](const json_view& top) {
      one.top.emplace_back(top.member("token").text(), top.member("logprob").number().value_or(0));
    });
    into.push_back(std::move(one));
  });
}

result<dialogue::answer> read_answer(std::string_view body) {
  dialogue::json_document document;
  const json_view root = document.parse(body);
  if (!document.failure() && !root.is_object()) {
    root.fail("must be a JSON object");
  }
  if (document.failure()) {
    return upstream_fault(*document.failure());
  }
  if (auto told = read_told_error(root)) {
    return *std::move(told);
  }
  dialogue::answer got;
  got.id = root.member("id").text();
  got.model = root.member("model").text();
  got.created_s = read_created(root);
  got.service_tier = root.member("service_tier").text();
  const auto choices = root.member("choices");
  if (choices.size() == 0) {
    choices.fail("holds no choice");
  }
  for (std::size_t at = 0; at < choices.size(); ++at) {
    const auto choice = choices.element(at);
    const auto index = choice.member("index").integer(0, k_choices_max - 1);
    const std::size_t place = index ? static_cast<std::size_t>(*index) : at;
    if (place >= got.choices.size()) {
      got.choices.resize(place + 1);
    }
    got.choices[place] = read_choice(choice);
  }
  got.usage = read_usage(root);
  if (document.failure()) {
    return upstream_fault(*document.failure());
  }
  return got;
}

} // namespace inferenceflow::codecs::openai_chat
