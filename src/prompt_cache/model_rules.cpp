#include "prompt_cache/model_rules.h"

#include <algorithm>
#include <array>
#include <string>

namespace inferenceflow::prompt_cache {

namespace {

/// "anthropic/claude-haiku-4.5" and "claude-4-5-haiku" in one spelling: lower case, '-' for '.'.
std::string plain(std::string_view model) {
  std::string name{model};
  std::transform(name.begin(), name.end(), name.begin(), [](char c) {
    return c == '.' || c == '_' ? '-' : static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  });
  return name;
}

bool holds(std::string_view name, std::string_view piece) {
  return name.find(piece) != std::string_view::npos;
}

template <std::size_t N> bool holds_any(std::string_view name, const std::array<std::string_view, N>& pieces) {
  return std::any_of(pieces.begin(), pieces.end(), [&](std::string_view piece) { return holds(name, piece); });
}

constexpr std::array<std::string_view, 11> k_large{"haiku-4-5",      "4-5-haiku", "opus-4-5", "4-5-opus",
                                                   "opus-4-6",       "4-6-opus",  "opus-4-7", "4-7-opus",
                                                   "mythos-preview", "mythos-4",  "4-mythos"};
constexpr std::array<std::string_view, 5> k_small{"opus-5", "5-opus", "fable-5", "mythos-5", "5-mythos"};
constexpr std::array<std::string_view, 3> k_old_haiku{"3-haiku", "3-5-haiku", "haiku-3"};
/// Claude models that Bedrock does not cache for everybody.
constexpr std::array<std::string_view, 7> k_never_on_bedrock{"claude-v2", "claude-2", "claude-instant", "3-haiku",
                                                             "3-sonnet",  "3-opus",   "3-5-sonnet"};
constexpr std::array<std::string_view, 2> k_never{"claude-2", "claude-instant"};
/// Claude models before 4.5: five minutes only on Bedrock.
constexpr std::array<std::string_view, 7> k_minutes_on_bedrock{"claude-3", "opus-4-1", "opus-4-2025", "sonnet-4-2025",
                                                               "4-opus",   "4-sonnet", "opus-4-0"};
constexpr std::array<std::string_view, 4> k_nova{"nova-micro", "nova-lite", "nova-pro", "nova-premier"};

std::int64_t claude_minimum(std::string_view name) {
  if (holds_any(name, k_large)) {
    return 4096;
  }
  if (holds_any(name, k_small)) {
    return 512;
  }
  return holds_any(name, k_old_haiku) ? 2048 : 1024;
}

} // namespace

model_rules rules_of(dialogue::protocol speaks, std::string_view model) {
  const std::string name = plain(model);
  const bool claude = holds(name, "claude");
  model_rules rules;
  if (speaks == dialogue::protocol::anthropic) {
    rules.marks = !holds_any(name, k_never);
    rules.hour = rules.marks;
    rules.tokens_min = claude_minimum(name);
  } else if (speaks == dialogue::protocol::bedrock && claude) {
    rules.marks = !holds_any(name, k_never_on_bedrock);
    rules.hour = rules.marks && !holds_any(name, k_minutes_on_bedrock);
    rules.tokens_min = claude_minimum(name);
  } else if (speaks == dialogue::protocol::bedrock && holds_any(name, k_nova)) {
    rules = {.marks = true, .tools = false, .hour = false, .marks_max = 4, .tokens_min = 1000, .lookback = 0};
  }
  return rules;
}

} // namespace inferenceflow::prompt_cache
