#include "codecs/openai_chat/finish.h"

#include <algorithm>
#include <array>
#include <utility>

namespace inferenceflow::codecs::openai_chat {

using dialogue::finish;

namespace {

finish finish_of(std::string_view word) {
  constexpr std::array<std::pair<std::string_view, finish>, 24> k_words{{
      {"", finish::none},
      {"stop", finish::stop},
      {"eos", finish::stop},
      {"eos_token", finish::stop},
      {"end_turn", finish::stop},
      {"STOP", finish::stop},
      {"stop_sequence", finish::stop_sequence},
      {"length", finish::length},
      {"max_tokens", finish::length},
      {"model_length", finish::length},
      {"MAX_TOKENS", finish::length},
      {"tool_calls", finish::tool_calls},
      {"tool_use", finish::tool_calls},
      {"function_call", finish::tool_calls},
      {"content_filter", finish::content_filter},
      {"sensitive", finish::content_filter},
      {"SAFETY", finish::content_filter},
      {"RECITATION", finish::content_filter},
      {"refusal", finish::refusal},
      {"pause_turn", finish::paused},
      {"error", finish::failed},
      {"abort", finish::failed},
      {"insufficient_system_resource", finish::failed},
      {"network_error", finish::failed},
  }};
  const auto* const found =
      std::find_if(k_words.begin(), k_words.end(), [&](const auto& known) { return known.first == word; });
  return found == k_words.end() ? finish::other : found->second;
}

} // namespace

choice_end read_end(const dialogue::json_view& choice) {
  choice_end end{.reason = finish_of(choice.member("finish_reason").text())};
  if (end.reason != finish::stop && end.reason != finish::stop_sequence) {
    return end;
  }
  for (const std::string_view name : {"stop_reason", "matched_stop"}) { // a number is the id of a stop token
    if (const auto which = choice.member(name); which.is_text() && !which.text().empty()) {
      end.reason = finish::stop_sequence;
      end.stop_sequence = which.text();
    }
  }
  return end;
}

finish settled(finish reason, bool has_calls, bool has_refusal) noexcept {
  if (reason == finish::none || reason == finish::stop) {
    return has_calls ? finish::tool_calls : has_refusal ? finish::refusal : finish::stop;
  }
  return reason;
}

std::string_view finish_word(finish reason, bool has_refusal) noexcept {
  switch (reason) {
  case finish::none: return "";
  case finish::length: return "length";
  case finish::tool_calls: return "tool_calls";
  case finish::content_filter: return "content_filter";
  case finish::refusal: return has_refusal ? "stop" : "content_filter";
  case finish::failed: return "error"; // OpenRouter's: a client must not take half an answer for a whole one
  case finish::stop:
  case finish::stop_sequence:
  case finish::paused:
  case finish::other: return "stop";
  }
  return "stop";
}

} // namespace inferenceflow::codecs::openai_chat
