#include "codecs/bedrock/model_fields.h"

#include <algorithm>
#include <array>

namespace inferenceflow::codecs::bedrock {
namespace {

using dialogue::effort;
using dialogue::json_view;

/// Without these the model would lack a tool, or answer in another shape.
constexpr std::array<std::string_view, 6> k_essential{"tools",     "tool_choice",   "mcp_servers",
                                                      "container", "output_config", "response_format"};

std::optional<effort> effort_of(std::string_view word) {
  struct row {
    std::string_view word;
    effort level;
  };
  constexpr std::array k_words{
      row{"none", effort::none},      row{"minimal", effort::minimal}, row{"low", effort::low},
      row{"medium", effort::medium},  row{"high", effort::high},       row{"xhigh", effort::extra_high},
      row{"max", effort::extra_high},
  };
  const auto found = std::find_if(k_words.begin(), k_words.end(), [&](const row& one) { return one.word == word; });
  return found == k_words.end() ? std::nullopt : std::optional{found->level};
}

/// True if the object has `count` members.
bool has_members(const json_view& object, std::size_t count) {
  std::size_t seen = 0;
  object.members([&](std::string_view, const json_view&) { ++seen; });
  return seen == count;
}

/// Claude: {"type": "enabled", "budget_tokens": 1024}, {"type": "adaptive", "display": "omitted"}, {"type":
/// "disabled"}.
/// @returns false when it is something else.
bool read_thinking(const json_view& thinking, dialogue::reasoning_wish& wish) {
  const std::string_view type = thinking.member("type").text();
  const std::string_view display = thinking.member("display").text();
  const bool display_known = display.empty() || display == "summarized" || display == "omitted";
  if (!display_known || (type != "enabled" && type != "adaptive" && type != "disabled")) {
    return false;
  }
  wish.budget_tokens = type == "adaptive" ? -1 : 0;
  if (type == "enabled") {
    wish.budget_tokens = thinking.member("budget_tokens").integer(1);
  }
  if (!display.empty()) {
    wish.shown = display == "summarized";
  }
  return true;
}

bool read_level(const json_view& word, dialogue::reasoning_wish& wish) {
  const auto level = word.is_text() ? effort_of(word.text()) : std::nullopt;
  if (level) {
    wish.level = level;
  }
  return level.has_value();
}

/// Nova 2: {"type": "enabled", "maxReasoningEffort": "low"}.
bool read_nova_reasoning(const json_view& reasoning, dialogue::reasoning_wish& wish) {
  if (reasoning.member("type").text() == "disabled") {
    wish.level = effort::none;
    return true;
  }
  return reasoning.member("type").text() == "enabled" && read_level(reasoning.member("maxReasoningEffort"), wish);
}

/// @returns false when the member has no place in the superset.
bool read_known(std::string_view key, const json_view& value, dialogue::request& asked) {
  if (key == "top_k" || key == "k") {
    asked.sample.top_k = value.integer(0);
    return true;
  }
  if (key == "inferenceConfig" && value.is_object() && value.member("topK").present() && has_members(value, 1)) {
    asked.sample.top_k = value.member("topK").integer(0);
    return true;
  }
  if (key == "thinking" && value.is_object()) {
    return read_thinking(value, asked.reasoning);
  }
  if (key == "reasoning_effort" || key == "reasoning_config") {
    return read_level(value, asked.reasoning);
  }
  if (key == "reasoningConfig" && value.is_object()) {
    return read_nova_reasoning(value, asked.reasoning);
  }
  if (key == "output_config" && value.is_object() && has_members(value, 1)) {
    return read_level(value.member("effort"), asked.reasoning);
  }
  return false;
}

} // namespace

model_family family_of(std::string_view model) noexcept {
  struct row {
    std::string_view part;
    model_family family;
  };
  constexpr std::array k_parts{
      row{"anthropic.", model_family::anthropic}, row{"amazon.nova", model_family::nova},
      row{"openai.", model_family::openai},       row{"qwen.", model_family::qwen},
      row{"mistral.", model_family::mistral},     row{"cohere.", model_family::cohere},
  };
  const auto found = std::find_if(k_parts.begin(), k_parts.end(),
                                  [&](const row& one) { return model.find(one.part) != std::string_view::npos; });
  return found == k_parts.end() ? model_family::other : found->family;
}

void read_model_fields(const json_view& fields, dialogue::request& asked) {
  fields.members([&](std::string_view key, const json_view& value) {
    if (read_known(key, value, asked)) {
      return;
    }
    const bool essential = std::find(k_essential.begin(), k_essential.end(), key) != k_essential.end();
    asked.extras.push_back(
        {.name = std::string{k_model_field_prefix}.append(key), .json = value.json(), .essential = essential});
  });
}

} // namespace inferenceflow::codecs::bedrock
