#include "codecs/openai_chat/reasoning_wish.h"

#include "codecs/openai_chat/message_write.h"

#include <algorithm>
#include <array>

namespace inferenceflow::codecs::openai_chat {

using dialogue::request;

namespace {

std::string_view effort_word(dialogue::effort level) {
  constexpr std::array<std::string_view, 6> k_words{"none", "minimal", "low", "medium", "high", "xhigh"};
  return k_words.at(static_cast<std::size_t>(level));
}

/// The level nearest to a budget of thinking tokens, by what Anthropic's and OpenRouter's guides equate.
dialogue::effort effort_for(std::int64_t budget_tokens) {
  constexpr std::int64_t k_low_max = 4096;
  constexpr std::int64_t k_medium_max = 16'384;
  return budget_tokens <= k_low_max      ? dialogue::effort::low
         : budget_tokens <= k_medium_max ? dialogue::effort::medium
                                         : dialogue::effort::high;
}

/// The part of `name` below `root`; empty if it is not below it.
std::string_view below(std::string_view name, std::string_view root) {
  const bool is_below = name.size() > root.size() && name.substr(0, root.size()) == root && name[root.size()] == '.';
  return is_below ? name.substr(root.size() + 1) : std::string_view{};
}

class wish_writer {
public:
  wish_writer(json_out& out, const request& asked, const dialect& of, std::vector<std::string>& losses)
      : out_(out)
      , asked_(asked)
      , dialect_(of)
      , losses_(losses) {}

  void write_reasoning() {
    switch (dialect_.reasoning) {
    case reasoning_field::effort: write_effort(); break;
    case reasoning_field::object: write_reasoning_object(); return;
    case reasoning_field::thinking:
      if (asked_.reasoning.level) {
        out_.key("reasoning_effort").text(effort_word(*asked_.reasoning.level));
      }
      write_thinking_object();
      break;
    }
    if (asked_.reasoning.shown) {
      note_loss(losses_, "reasoning.shown");
    }
    if (!asked_.reasoning.summary.empty()) {
      note_loss(losses_, "reasoning.summary");
    }
  }

private:
  void write_effort() {
    const dialogue::reasoning_wish& wish = asked_.reasoning;
    if (wish.level) {
      out_.key("reasoning_effort").text(effort_word(*wish.level));
    } else if (wish.budget_tokens && *wish.budget_tokens > 0) {
      out_.key("reasoning_effort").text(effort_word(effort_for(*wish.budget_tokens)));
    }
    if (wish.budget_tokens) {
      note_loss(losses_, "reasoning.budget_tokens"); // a level says less, and on and off cannot be said to every model
    }
    write_nested("thinking");
    write_nested("reasoning");
  }

  void write_reasoning_object() {
    const dialogue::reasoning_wish& wish = asked_.reasoning;
    write_nested("thinking");
    if (!wish.level && !wish.budget_tokens && !wish.shown && wish.summary.empty() && !has_nested(asked_, "reasoning")) {
      return;
    }
    out_.key("reasoning").open_object();
    if (wish.level) {
      out_.key("effort").text(effort_word(*wish.level));
    }
    if (wish.budget_tokens && *wish.budget_tokens > 0) {
      out_.key("max_tokens").integer(*wish.budget_tokens);
    } else if (wish.budget_tokens) {
      out_.key("enabled").flag(*wish.budget_tokens != 0);
    }
    if (wish.shown) {
      out_.key("exclude").flag(!*wish.shown);
    }
    if (!wish.summary.empty()) {
      out_.key("summary").text(wish.summary);
    }
    write_nested_members(out_, asked_, "reasoning");
    out_.close_object();
  }

  void write_thinking_object() {
    const auto budget = asked_.reasoning.budget_tokens;
    write_nested("reasoning");
    if (!budget && !has_nested(asked_, "thinking")) {
      return;
    }
    out_.key("thinking").open_object();
    if (budget) {
      out_.key("type").text(*budget == 0 ? "disabled" : "enabled");
      if (*budget > 0) {
        out_.key("budget_tokens").integer(*budget);
      }
    }
    write_nested_members(out_, asked_, "thinking");
    out_.close_object();
  }

  void write_nested(std::string_view root) {
    if (has_nested(asked_, root)) {
      out_.key(root).open_object();
      write_nested_members(out_, asked_, root);
      out_.close_object();
    }
  }

  json_out& out_;
  const request& asked_;
  const dialect& dialect_;
  std::vector<std::string>& losses_;
};

} // namespace

bool has_nested(const request& asked, std::string_view root) {
  return std::any_of(asked.extras.begin(), asked.extras.end(),
                     [&](const dialogue::extra_field& extra) { return !below(extra.name, root).empty(); });
}

void write_nested_members(json_out& out, const request& asked, std::string_view root) {
  for (const dialogue::extra_field& extra : asked.extras) {
    if (const std::string_view name = below(extra.name, root); !name.empty() && is_json(extra.json)) {
      out.key(name).raw(extra.json);
    }
  }
}

void write_reasoning_wish(json_out& out, const request& asked, const dialect& of, std::vector<std::string>& losses) {
  wish_writer{out, asked, of, losses}.write_reasoning();
}

} // namespace inferenceflow::codecs::openai_chat
