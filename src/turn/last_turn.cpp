#include "turn/last_turn.h"

#include "turn/code_point.h"

#include <utility>

namespace inferenceflow::turn {

namespace {
constexpr char k_record_separator = '\x1e';
} // namespace

std::string_view to_string(unsuited why) noexcept {
  switch (why) {
  case unsuited::none: return "none";
  case unsuited::malformed: return "malformed";
  case unsuited::embedding: return "embedding";
  case unsuited::not_user: return "not_user";
  case unsuited::tool_result: return "tool_result";
  case unsuited::not_text: return "not_text";
  case unsuited::blank: return "blank";
  case unsuited::too_long: return "too_long";
  case unsuited::separator: return "separator";
  case unsuited::several_prompts: return "several_prompts";
  case unsuited::token_ids: return "token_ids";
  case unsuited::several_choices: return "several_choices";
  case unsuited::logprobs: return "logprobs";
  case unsuited::prediction: return "prediction";
  case unsuited::echo: return "echo";
  case unsuited::other_output: return "other_output";
  case unsuited::server_state: return "server_state";
  }
  return "none";
}

void turn_text::add(std::string_view part) {
  const std::string_view between = parts_++ == 0 ? std::string_view{} : k_part_separator;
  separator_inside_ = separator_inside_ || part.find(k_record_separator) != std::string_view::npos;
  if (too_long_ || part.size() > k_turn_bytes_max || text_.size() + between.size() + part.size() > k_turn_bytes_max) {
    too_long_ = true;
    return;
  }
  text_.append(between).append(part);
}

void turn_text::clear() {
  text_.clear();
  parts_ = 0;
  too_long_ = false;
  separator_inside_ = false;
}

unsuited turn_text::fault() const noexcept {
  if (too_long_) {
    return unsuited::too_long;
  }
  if (parts_ > 1 && separator_inside_) {
    return unsuited::separator;
  }
  for (std::string_view rest = text_; !rest.empty();) {
    const code_point next = take_code_point(rest);
    const bool between_parts = parts_ > 1 && next.value == static_cast<char32_t>(k_record_separator);
    if (!is_space(next.value) && !is_invisible(next.value) && !between_parts) {
      return unsuited::none;
    }
  }
  return unsuited::blank;
}

std::string turn_text::take() {
  std::string taken = std::move(text_);
  clear();
  return taken;
}

} // namespace inferenceflow::turn
