#include "codecs/gemini/tables.h"

#include "dialogue/token_count.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

namespace inferenceflow::codecs::gemini {

using dialogue::finish;
using dialogue::json_view;

namespace {

struct finish_row {
  std::string_view name;
  finish reason;
};

constexpr std::array k_finishes = {
    finish_row{"STOP", finish::stop},
    finish_row{"MAX_TOKENS", finish::length},
    finish_row{"SAFETY", finish::content_filter},
    finish_row{"RECITATION", finish::content_filter},
    finish_row{"BLOCKLIST", finish::content_filter},
    finish_row{"PROHIBITED_CONTENT", finish::content_filter},
    finish_row{"SPII", finish::content_filter},
    finish_row{"MODEL_ARMOR", finish::content_filter},
    finish_row{"JAILBREAK", finish::content_filter},
    finish_row{"IMAGE_SAFETY", finish::content_filter},
    finish_row{"IMAGE_PROHIBITED_CONTENT", finish::content_filter},
    finish_row{"IMAGE_RECITATION", finish::content_filter},
    finish_row{"MALFORMED_FUNCTION_CALL", finish::failed},
    finish_row{"UNEXPECTED_TOOL_CALL", finish::failed},
    finish_row{"TOO_MANY_TOOL_CALLS", finish::failed},
    finish_row{"MISSING_THOUGHT_SIGNATURE", finish::failed},
    finish_row{"MALFORMED_RESPONSE", finish::failed},
    finish_row{"FINISH_REASON_UNSPECIFIED", finish::none},
};

/// Vertex AI's numbers, from 0: only its clients ask for numbers.
constexpr std::array<std::string_view, 11> k_numbered = {"FINISH_REASON_UNSPECIFIED",
                                                         "STOP",
                                                         "MAX_TOKENS",
                                                         "SAFETY",
                                                         "RECITATION",
                                                         "OTHER",
                                                         "BLOCKLIST",
                                                         "PROHIBITED_CONTENT",
                                                         "SPII",
                                                         "MALFORMED_FUNCTION_CALL",
                                                         "MODEL_ARMOR"};

std::int64_t count_of(const json_view& usage, std::string_view name) {
  return dialogue::token_count(usage, {name}).value_or(0);
}

} // namespace

finish finish_from(const json_view& reason) {
  if (!reason.present()) {
    return finish::none;
  }
  std::string_view name;
  if (reason.is_text()) {
    name = reason.text();
  } else if (const auto number = reason.integer(0)) {
    name =
        static_cast<std::size_t>(*number) < k_numbered.size() ? k_numbered.at(static_cast<std::size_t>(*number)) : "";
  }
  const auto known =
      std::find_if(k_finishes.begin(), k_finishes.end(), [&](const finish_row& row) { return row.name == name; });
  return known == k_finishes.end() ? finish::other : known->reason;
}

std::string_view finish_name(finish reason) noexcept {
  switch (reason) {
  case finish::none: return "";
  case finish::stop:
  case finish::stop_sequence:
  case finish::tool_calls: return "STOP";
  case finish::length: return "MAX_TOKENS";
  case finish::content_filter:
  case finish::refusal: return "SAFETY";
  case finish::failed: return "MALFORMED_RESPONSE";
  case finish::paused:
  case finish::other: return "OTHER";
  }
  return "OTHER";
}

std::optional<cost::token_usage> read_usage(const json_view& usage) {
  const std::int64_t prompt = count_of(usage, "promptTokenCount");
  const std::int64_t tool_use = count_of(usage, "toolUsePromptTokenCount");
  const std::int64_t candidates = count_of(usage, "candidatesTokenCount");
  const std::int64_t thoughts = count_of(usage, "thoughtsTokenCount");
  if (prompt + tool_use + candidates + thoughts == 0) {
    return std::nullopt;
  }
  const std::int64_t cached = std::min(count_of(usage, "cachedContentTokenCount"), prompt);
  return cost::token_usage{.fresh_input = prompt - cached + tool_use,
                           .cached_input = cached,
                           .cache_write = 0,
                           .output = candidates,
                           .reasoning = thoughts};
}

void write_usage(json_out& out, const cost::token_usage& usage, std::string_view service_tier) {
  out.open_object();
  out.member("promptTokenCount", usage.input());
  if (usage.cached_input > 0) {
    out.member("cachedContentTokenCount", usage.cached_input);
  }
  out.member("candidatesTokenCount", usage.output);
  if (usage.reasoning > 0) {
    out.member("thoughtsTokenCount", usage.reasoning);
  }
  out.member("totalTokenCount", usage.total());
  out.member_unless_empty("serviceTier", service_tier);
  out.close_object();
}

} // namespace inferenceflow::codecs::gemini
