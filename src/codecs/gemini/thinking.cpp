#include "codecs/gemini/thinking.h"

#include "codecs/gemini/fields.h"

#include <algorithm>
#include <optional>
#include <string>

namespace inferenceflow::codecs::gemini {

using dialogue::effort;
using dialogue::json_view;
using dialogue::reasoning_wish;

namespace {

bool holds(std::string_view text, std::string_view piece) noexcept {
  return text.find(piece) != std::string_view::npos;
}

bool is_pro(std::string_view model) noexcept {
  return holds(model, "pro");
}

std::int64_t budget_max(std::string_view model) noexcept {
  return is_pro(model) ? 32'768 : 24'576;
}

std::int64_t budget_of(effort level, std::string_view model) noexcept {
  switch (level) {
  case effort::none: return is_pro(model) ? 128 : 0; // Pro models cannot be told not to think
  case effort::minimal: return 512;
  case effort::low: return 1024;
  case effort::medium: return 8192;
  case effort::high: return 24'576;
  case effort::extra_high: return budget_max(model);
  }
  return 8192;
}

struct level_name {
  std::string_view name;
  bool exact;
};

level_name name_of(effort level, std::string_view model) noexcept {
  switch (level) {
  case effort::none: return {is_pro(model) ? "low" : "minimal", false};
  case effort::minimal: return is_pro(model) ? level_name{"low", false} : level_name{"minimal", true};
  case effort::low: return {"low", true};
  case effort::medium: return {"medium", true};
  case effort::high: return {"high", true};
  case effort::extra_high: return {"high", false};
  }
  return {"high", false};
}

std::optional<effort> level_from(const json_view& level) {
  std::string name{level.text()};
  std::transform(name.begin(), name.end(), name.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  if (name.empty() || name == "thinking_level_unspecified") {
    return std::nullopt;
  }
  if (name == "minimal") {
    return effort::minimal;
  }
  if (name == "low") {
    return effort::low;
  }
  if (name == "medium") {
    return effort::medium;
  }
  if (name != "high") {
    level.fail("must be MINIMAL, LOW, MEDIUM or HIGH");
  }
  return effort::high;
}

void write_as_budget(json_out& out, const reasoning_wish& wish, std::string_view model, loss_list& losses) {
  if (!wish.budget_tokens) {
    if (wish.level) {
      out.member("thinkingBudget", budget_of(*wish.level, model));
    }
    return;
  }
  if (*wish.budget_tokens > budget_max(model)) {
    losses.add("reasoning.budget_tokens");
  }
  out.member("thinkingBudget", std::min(*wish.budget_tokens, budget_max(model)));
  if (wish.level) {
    losses.add("reasoning.level");
  }
}

void write_as_level(json_out& out, const reasoning_wish& wish, std::string_view model, loss_list& losses) {
  if (!wish.level) {
    out.member("thinkingBudget", wish.budget_tokens); // still taken, though only one of the two at a time
    return;
  }
  const level_name level = name_of(*wish.level, model);
  out.member("thinkingLevel", level.name);
  if (!level.exact) {
    losses.add("reasoning.level");
  }
  if (wish.budget_tokens) {
    losses.add("reasoning.budget_tokens");
  }
}

} // namespace

thinking_style thinking_style_of(std::string_view model) noexcept {
  if (holds(model, "gemini-2.5") || holds(model, "robotics-er-1.5")) {
    return thinking_style::budget;
  }
  const bool is_old = holds(model, "gemini-1.") || holds(model, "gemini-2.0") || holds(model, "gemini-pro") ||
                      holds(model, "gemma") || holds(model, "learnlm");
  return is_old && !holds(model, "latest") && !holds(model, "thinking") ? thinking_style::none : thinking_style::level;
}

reasoning_wish read_thinking(const json_view& config) {
  reasoning_wish wish;
  wish.level = level_from(get(config, k_thinking_level));
  wish.budget_tokens = get(config, k_thinking_budget).integer(-1);
  wish.shown = get(config, k_include_thoughts).flag();
  return wish;
}

void write_thinking(json_out& out, const reasoning_wish& wish, std::string_view model, loss_list& losses) {
  if (wish == reasoning_wish{}) {
    return;
  }
  const thinking_style style = thinking_style_of(model);
  if (style == thinking_style::none) {
    const bool asks_for_none = wish.level.value_or(effort::none) == effort::none && wish.budget_tokens.value_or(0) == 0;
    if (!asks_for_none || wish.shown.value_or(false)) {
      losses.add("reasoning");
    }
    return;
  }
  out.key("thinkingConfig");
  out.open_object();
  // A wish for a summary is one for thoughts: Gemini shows nothing but summaries.
  out.member("includeThoughts", wish.shown || wish.summary.empty() ? wish.shown : std::optional{true});
  if (style == thinking_style::budget) {
    write_as_budget(out, wish, model, losses);
  } else {
    write_as_level(out, wish, model, losses);
  }
  out.close_object();
}

} // namespace inferenceflow::codecs::gemini
