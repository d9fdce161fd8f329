#include "wire/openai/turn_cutter.h"

#include <algorithm>
#include <array>

namespace inferenceflow::wire::openai {

using turn::unsuited;

namespace {

struct objection {
  std::string_view field;
  unsuited why;
  bool zero_too = false; ///< 0 asks for something
};

/// Fields that speak against it unless they are absent, null, false or 0.
constexpr std::array k_objections{
    objection{"logprobs", unsuited::logprobs, true}, // a completion's 0: of the chosen tokens
    objection{"top_logprobs", unsuited::logprobs},
    objection{"prompt_logprobs", unsuited::logprobs}, // vLLM
    objection{"prediction", unsuited::prediction},
    objection{"echo", unsuited::echo},
    objection{"audio", unsuited::other_output},
    objection{"store", unsuited::server_state},
    objection{"background", unsuited::server_state},
    objection{"conversation", unsuited::server_state},
    objection{"previous_response_id", unsuited::server_state},
};

/// Whether a value asks for something. A fault counts as asking: the pass reports it.
bool asks(const objection& what, json::reader& value) {
  const char first = value.peek();
  if (first == '-' || (first >= '0' && first <= '9')) {
    json::number number;
    return what.zero_too || !value.read_number(number) || number.value != 0;
  }
  return first != 'n' && first != 'f';
}

bool only_text(json::reader& modalities) {
  if (modalities.peek() == 'n') {
    return true;
  }
  return modalities.peek() == '[' && modalities.read_array([&](std::size_t) {
    json::text name;
    return modalities.read_string(name) && json::equals(name, "text");
  });
}

} // namespace

void turn_cutter::weigh(std::string_view key, json::reader value) {
  const auto* const found = std::find_if(k_objections.begin(), k_objections.end(),
                                         [key](const objection& each) { return each.field == key; });
  if (found != k_objections.end()) {
    if (asks(*found, value)) {
      refuse(found->why);
    }
  } else if (key == "modalities" && !only_text(value)) {
    refuse(unsuited::other_output);
  }
}

bool turn_cutter::take_text(json::reader& in, canonical_writer& out) {
  const std::size_t written = out.position();
  std::string_view plain;
  if (!out.string(in, plain)) {
    return false;
  }
  text_.add(plain);
  out.rewind(written);
  out.gap();
  return true;
}

bool turn_cutter::take_role(json::reader& in, canonical_writer& out) {
  std::string_view role;
  if (!out.string(in, role)) {
    return false;
  }
  if (role == "tool" || role == "function") {
    refuse(unsuited::tool_result);
  } else if (role != "user") {
    refuse(unsuited::not_user);
  }
  return true;
}

/// @param plain  set to whether the part has no members but its type and its text.
bool turn_cutter::take_part(json::reader& in, canonical_writer& out, bool& plain) {
  plain = true;
  bool text_seen = false;
  const bool read = out.object(in, [&](std::string_view key) {
    if (key == "text") {
      text_seen = true;
      return take_text(in, out);
    }
    if (key != "type") {
      plain = false;
      return out.value(in);
    }
    std::string_view type;
    if (!out.string(in, type)) {
      return false;
    }
    if (type != "text") {
      refuse(unsuited::not_text);
    }
    return true;
  });
  if (!text_seen) {
    refuse(unsuited::not_text);
  }
  return read;
}

bool turn_cutter::take_content(json::reader& in, canonical_writer& out) {
  if (in.peek() == '"') {
    return take_text(in, out);
  }
  if (in.peek() != '[') {
    return out.value(in); // null: a turn without text
  }
  const std::size_t written = out.position();
  bool plain = true;
  const bool read = out.array(in, [&](std::size_t) { return take_part(in, out, plain); });
  if (read && plain && text_.parts() == 1) { // as if it were a string
    out.rewind(written);
    out.gap();
  }
  return read;
}

bool turn_cutter::message(json::reader& in, canonical_writer& out) {
  return out.object(in, [&](std::string_view key) {
    if (key == "role") {
      return take_role(in, out);
    }
    if (key == "content") {
      return take_content(in, out);
    }
    return out.value(in); // `name`, and whatever a dialect adds: part of the scope
  });
}

bool turn_cutter::prompt(json::reader& in, canonical_writer& out) {
  if (in.peek() == '"') {
    return take_text(in, out);
  }
  const std::size_t written = out.position();
  std::size_t count = 0;
  const bool read = out.array(in, [&](std::size_t) {
    ++count;
    if (in.peek() == '"') {
      return take_text(in, out);
    }
    refuse(unsuited::token_ids);
    return out.value(in);
  });
  if (count > 1) {
    refuse(unsuited::several_prompts);
  }
  out.rewind(written);
  out.gap();
  return read;
}

turn::cut turn_cutter::finish(std::int64_t choices, const hash_128& scope) {
  if (choices > 1) {
    refuse(unsuited::several_choices);
  }
  refuse(text_.fault());
  if (why_ != unsuited::none) {
    return {.why = why_};
  }
  return {.turn = turn::last_turn{text_.take(), scope.high, scope.low}};
}

} // namespace inferenceflow::wire::openai
