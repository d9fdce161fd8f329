#include "codecs/anthropic/message_read.h"

#include "codecs/anthropic/block_read.h"

#include <string>
#include <utility>

namespace inferenceflow::codecs::anthropic {

using dialogue::json_view;
using dialogue::message;
using dialogue::role;

namespace {

/// The parts of one turn, put into messages as they come.
class turn {
public:
  turn(role who, std::vector<message>& into)
      : who_(who)
      , into_(into) {}

  void add(dialogue::part held) {
    const bool result = std::holds_alternative<dialogue::tool_result_part>(held);
    const role wanted = result ? role::tool : who_;
    // Results side by side belong together even across turns: the API joins the turns as well.
    const bool goes_on = !into_.empty() && into_.back().who == wanted && (result || open_);
    if (!goes_on) {
      into_.push_back({.who = wanted});
    }
    open_ = true;
    into_.back().parts.push_back(std::move(held));
  }

  void add_nothing() { into_.push_back({.who = who_}); }

private:
  role who_;
  std::vector<message>& into_;
  bool open_ = false; ///< the last message is of this turn
};

role read_role(const json_view& from) {
  const std::string_view word = from.required_text();
  if (word == "assistant") {
    return role::assistant;
  }
  if (word == "system") {
    return role::system;
  }
  if (word != "user") {
    from.fail("must be user, assistant or system");
  }
  return role::user;
}

void read_message(const json_view& from, std::vector<message>& into) {
  const role who = read_role(from.member("role"));
  turn parts{who, into};
  const json_view content = from.member("content");
  if (!content.present()) {
    content.fail("is missing");
  } else if (content.is_text()) {
    parts.add(dialogue::text_part{.text = std::string{content.text()}});
  } else if (content.size() == 0) {
    parts.add_nothing();
  } else {
    content.each([&](const json_view& block) { parts.add(read_request_block(block, who == role::assistant)); });
  }
}

} // namespace

void read_system(const json_view& from, std::vector<message>& into) {
  if (from.is_text()) {
    if (!from.text().empty()) {
      into.push_back({.who = role::system, .parts = {dialogue::text_part{.text = std::string{from.text()}}}});
    }
    return;
  }
  message made{.who = role::system};
  from.each([&](const json_view& block) { made.parts.push_back(read_system_block(block)); });
  if (!made.parts.empty()) {
    into.push_back(std::move(made));
  }
}

void read_messages(const json_view& from, std::vector<message>& into) {
  from.each([&](const json_view& each) { read_message(each, into); });
}

} // namespace inferenceflow::codecs::anthropic
