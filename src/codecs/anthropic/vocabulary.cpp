#include "codecs/anthropic/vocabulary.h"

#include <algorithm>
#include <array>
#include <utility>

namespace inferenceflow::codecs::anthropic {

using dialogue::effort;
using dialogue::finish;

namespace {

constexpr std::array k_finishes{
    std::pair{std::string_view{"end_turn"}, finish::stop},
    std::pair{std::string_view{"tool_use"}, finish::tool_calls},
    std::pair{std::string_view{"max_tokens"}, finish::length},
    std::pair{std::string_view{"stop_sequence"}, finish::stop_sequence},
    std::pair{std::string_view{"refusal"}, finish::refusal},
    std::pair{std::string_view{"pause_turn"}, finish::paused},
    std::pair{std::string_view{"model_context_window_exceeded"}, finish::length},
    std::pair{std::string_view{"compaction"}, finish::paused}, // beta: send the turn back to go on, as with pause_turn
};

constexpr std::array k_efforts{
    std::pair{std::string_view{"low"}, effort::low},        std::pair{std::string_view{"medium"}, effort::medium},
    std::pair{std::string_view{"high"}, effort::high},      std::pair{std::string_view{"xhigh"}, effort::extra_high},
    std::pair{std::string_view{"max"}, effort::extra_high},
};

constexpr std::array<std::string_view, 5> k_citation_types{"char_location", "page_location", "content_block_location",
                                                           "web_search_result_location", "search_result_location"};

} // namespace

finish finish_of(std::string_view stop_reason) noexcept {
  if (stop_reason.empty()) {
    return finish::none;
  }
  for (const auto& [word, reason] : k_finishes) {
    if (word == stop_reason) {
      return reason;
    }
  }
  return finish::other;
}

std::string_view stop_reason_of(finish reason, bool calls_tools, bool refused) noexcept {
  switch (reason) {
  case finish::none: return {};
  case finish::stop_sequence: return "stop_sequence";
  case finish::length: return "max_tokens";
  case finish::tool_calls: return "tool_use";
  case finish::content_filter:
  case finish::refusal: return "refusal";
  case finish::paused: return "pause_turn";
  case finish::failed: return "max_tokens"; // the one end that tells a client that something is missing
  case finish::stop:
  case finish::other: break;
  }
  return calls_tools ? "tool_use" : refused ? "refusal" : "end_turn";
}

bool loses_reason(finish reason) noexcept {
  return reason == finish::content_filter || reason == finish::failed || reason == finish::other;
}

std::optional<effort> effort_of(std::string_view word) noexcept {
  for (const auto& [name, level] : k_efforts) {
    if (name == word) {
      return level;
    }
  }
  return std::nullopt;
}

std::string_view word_of(effort level) noexcept {
  switch (level) {
  case effort::none: return {};
  case effort::minimal:
  case effort::low: return "low";
  case effort::medium: return "medium";
  case effort::high: return "high";
  case effort::extra_high: return "xhigh";
  }
  return {};
}

bool is_citation_type(std::string_view type) noexcept {
  return std::find(k_citation_types.begin(), k_citation_types.end(), type) != k_citation_types.end();
}

} // namespace inferenceflow::codecs::anthropic
