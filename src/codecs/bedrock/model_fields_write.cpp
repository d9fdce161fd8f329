#include "codecs/bedrock/model_fields.h"

#include <algorithm>

namespace inferenceflow::codecs::bedrock {
namespace {

using dialogue::effort;

/// What a Claude model knows of thinking.
enum class claude_thinking : std::uint8_t {
  none,               ///< before 3.7
  budget,             ///< "enabled" with a budget
  budget_or_adaptive, ///< both; the effort besides
  adaptive,           ///< "adaptive" and the effort alone
};

bool holds(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

claude_thinking thinking_of(std::string_view model) {
  if (holds(model, "claude-3-7") || holds(model, "-4-5") || holds(model, "opus-4-1") || holds(model, "sonnet-4-2") ||
      holds(model, "opus-4-2")) { // "claude-sonnet-4-20250514"
    return claude_thinking::budget;
  }
  if (holds(model, "claude-v2") || holds(model, "claude-instant") || holds(model, "claude-3-")) {
    return claude_thinking::none;
  }
  return holds(model, "-4-6") ? claude_thinking::budget_or_adaptive : claude_thinking::adaptive;
}

constexpr std::int64_t k_budget_min = 1024; // less is refused

std::int64_t budget_of(effort level) {
  switch (level) {
  case effort::none: return 0;
  case effort::minimal: return k_budget_min;
  case effort::low: return 2048;
  case effort::medium: return 8192;
  case effort::high: return 16384;
  case effort::extra_high: return 32768;
  }
  return k_budget_min;
}

std::string_view word_of(effort level) {
  switch (level) {
  case effort::none: return "none";
  case effort::minimal:
  case effort::low: return "low";
  case effort::medium: return "medium";
  case effort::high:
  case effort::extra_high: return "high";
  }
  return "medium";
}

/// True if the three-step scale that most models have says the level exactly.
bool is_exact(effort level) {
  return level == effort::low || level == effort::medium || level == effort::high;
}

/// Collects the members; the object itself is written only if there are some.
class fields_writer {
public:
  fields_writer(const dialogue::request& asked, std::string_view model, std::vector<std::string>& losses)
      : asked_(asked)
      , model_(model)
      , family_(family_of(model))
      , out_(members_)
      , losses_(losses) {}

  [[nodiscard]] const std::string& write() {
    out_.open_object();
    write_top_k();
    write_reasoning();
    for (const auto& extra : asked_.extras) {
      if (extra.name.starts_with(k_model_field_prefix)) {
        out_.key(std::string_view{extra.name}.substr(k_model_field_prefix.size())).raw(extra.json);
      }
    }
    out_.close_object();
    return members_;
  }

private:
  void lose(std::string_view field) { losses_.emplace_back(field); }
  void write_top_k();
  void write_reasoning();
  void write_claude();
  void write_claude_type(claude_thinking knows);
  void write_nova();
  void write_level(std::string_view key);

  const dialogue::request& asked_;
  std::string_view model_;
  model_family family_;
  std::string members_;
  json_out out_;
  std::vector<std::string>& losses_;
};

void fields_writer::write_top_k() {
  const auto top_k = asked_.sample.top_k;
  if (!top_k) {
    return;
  }
  switch (family_) {
  case model_family::anthropic:
  case model_family::mistral: out_.key("top_k").integer(*top_k); return;
  case model_family::cohere: out_.key("k").integer(*top_k); return;
  case model_family::nova: out_.key("inferenceConfig").open_object().key("topK").integer(*top_k).close_object(); return;
  default: lose("top_k");
  }
}

void fields_writer::write_reasoning() {
  const auto& wish = asked_.reasoning;
  if (!wish.summary.empty()) {
    lose("reasoning.summary");
  }
  if (family_ == model_family::anthropic) {
    write_claude();
    return;
  }
  if (wish.shown) {
    lose("reasoning.shown");
  }
  if (family_ == model_family::nova) {
    write_nova();
    return;
  }
  if (wish.budget_tokens) {
    lose("reasoning.budget_tokens");
  }
  if (family_ == model_family::openai) {
    write_level("reasoning_effort");
  } else if (family_ == model_family::qwen) {
    write_level("reasoning_config");
  } else if (wish.level) {
    lose("reasoning.level");
  }
}

void fields_writer::write_level(std::string_view key) {
  if (const auto level = asked_.reasoning.level) {
    if (*level == effort::none) { // these models have no word for it
      lose("reasoning.level");
      return;
    }
    out_.key(key).text(word_of(*level));
    if (!is_exact(*level)) {
      lose("reasoning.level");
    }
  }
}

void fields_writer::write_nova() {
  const auto& wish = asked_.reasoning;
  const bool off = wish.level == effort::none || (!wish.level && wish.budget_tokens == 0);
  if (wish.budget_tokens && *wish.budget_tokens != 0) {
    lose("reasoning.budget_tokens");
  }
  if (off) {
    out_.key("reasoningConfig").open_object().key("type").text("disabled").close_object();
  } else if (wish.level) {
    out_.key("reasoningConfig").open_object().key("type").text("enabled");
    out_.key("maxReasoningEffort").text(word_of(*wish.level)).close_object();
    if (!is_exact(*wish.level)) {
      lose("reasoning.level");
    }
  }
}

void fields_writer::write_claude() {
  const auto& wish = asked_.reasoning;
  if (!wish.level && !wish.budget_tokens) {
    if (wish.shown.value_or(false)) { // nothing is thought that could be shown
      lose("reasoning.shown");
    }
    return;
  }
  const claude_thinking knows = thinking_of(model_);
  if (knows == claude_thinking::none) {
    lose("reasoning");
    return;
  }
  write_claude_type(knows);
  const bool leveled = wish.level && *wish.level != effort::none;
  if (leveled && knows != claude_thinking::budget) {
    const bool most = *wish.level == effort::extra_high;
    out_.key("output_config").open_object().key("effort").text(most ? "max" : word_of(*wish.level)).close_object();
    if (*wish.level == effort::minimal) {
      lose("reasoning.level");
    }
  } else if (leveled && wish.budget_tokens) {
    lose("reasoning.level"); // the budget says it more precisely
  }
}

void fields_writer::write_claude_type(claude_thinking knows) {
  const auto& wish = asked_.reasoning;
  const bool off = wish.budget_tokens == 0 || (!wish.budget_tokens && wish.level == effort::none);
  const bool takes_budget = knows != claude_thinking::adaptive;
  const bool takes_adaptive = knows != claude_thinking::budget;
  const std::int64_t asked_budget = wish.budget_tokens.value_or(-1);
  if (off) {
    out_.key("thinking").open_object().key("type").text("disabled").close_object();
    return;
  }
  if (takes_adaptive && (asked_budget < 0 || !takes_budget)) {
    if (asked_budget > 0) {
      lose("reasoning.budget_tokens");
    }
    out_.key("thinking").open_object().key("type").text("adaptive");
    if (wish.shown) {
      out_.key("display").text(*wish.shown ? "summarized" : "omitted");
    }
    out_.close_object();
    return;
  }
  std::int64_t budget = asked_budget > 0 ? asked_budget : budget_of(wish.level.value_or(effort::medium));
  if (asked_budget <= 0 && asked_.tokens_max) { // a budget that was made here must leave room for an answer
    budget = std::min(budget, *asked_.tokens_max - 1);
  }
  if (asked_budget <= 0 && budget < k_budget_min) {
    lose("reasoning");
    return;
  }
  if (wish.shown == false) {
    lose("reasoning.shown");
  }
  out_.key("thinking").open_object().key("type").text("enabled").key("budget_tokens").integer(budget).close_object();
}

} // namespace

void write_model_fields(const dialogue::request& asked, std::string_view model, json_out& out,
                        std::vector<std::string>& losses) {
  fields_writer writer{asked, model, losses};
  if (const std::string& object = writer.write(); object != "{}") {
    out.key("additionalModelRequestFields").raw(object);
  }
}

} // namespace inferenceflow::codecs::bedrock
