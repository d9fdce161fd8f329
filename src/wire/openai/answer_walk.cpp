#include "wire/openai/answer_walk.h"

#include "wire/openai/usage_block.h"

#include <algorithm>
#include <array>
#include <utility>

namespace inferenceflow::wire::openai {
namespace {

/// UTF-8 bytes of the code unit spelt by four checked hexadecimal digits; half a surrogate pair counts two.
std::size_t unit_size(std::string_view digits) noexcept {
  const char high = digits[0];
  if (high != '0') {
    const bool surrogate = (high == 'd' || high == 'D') && digits[1] >= '8';
    return surrogate ? 2 : 3;
  }
  if (digits[1] == '0') {
    return digits[2] < '8' ? 1 : 2;
  }
  return digits[1] < '8' ? 2 : 3;
}

/// Decoded size of a string whose escapes were checked.
std::size_t decoded_size(const json::text& piece) noexcept {
  if (!piece.escaped) {
    return piece.raw.size();
  }
  std::size_t bytes = 0;
  for (std::size_t i = 0; i < piece.raw.size();) {
    if (piece.raw[i] != '\\') {
      ++bytes;
      ++i;
    } else if (piece.raw[i + 1] == 'u') {
      bytes += unit_size(piece.raw.substr(i + 2, 4));
      i += 6;
    } else {
      ++bytes;
      i += 2;
    }
  }
  return bytes;
}

/// Members of a message that are not text a model wrote, or repeat it.
constexpr std::array<std::string_view, 8> k_no_text_members{
    "role", "id", "type", "index", "reasoning_details", "audio", "images", "annotations"};

/// One bit per length of those names: most keys ("content") are told apart by it alone.
constexpr std::uint64_t k_no_text_lengths = [] {
  std::uint64_t lengths = 0;
  for (const std::string_view name : k_no_text_members) {
    lengths |= std::uint64_t{1} << name.size();
  }
  return lengths;
}();

bool is_text_member(const json::text& key) {
  if (!key.escaped && (key.raw.size() >= 64 || (k_no_text_lengths >> key.raw.size() & 1U) == 0)) {
    return true;
  }
  return std::none_of(k_no_text_members.begin(), k_no_text_members.end(),
                      [&](std::string_view name) { return json::equals(key, name); });
}

/// Reads any value and adds up the text in it.
bool count_text(json::reader& in, std::size_t& bytes) {
  switch (in.peek()) {
  case '"': {
    json::text piece;
    if (!in.read_checked_string(piece)) {
      return false;
    }
    bytes += decoded_size(piece);
    return true;
  }
  case '[': return in.read_array([&](std::size_t) { return count_text(in, bytes); });
  case '{':
    return in.read_object(
        [&](const json::text& key) { return is_text_member(key) ? count_text(in, bytes) : in.skip(); });
  default: return in.skip();
  }
}

bool read_finish(json::reader& in, finish_reason& out) {
  json::text piece;
  if (!in.read_checked_string(piece)) {
    return false;
  }
  out = finish_reason_of(piece.escaped ? json::decoded(piece) : piece.raw);
  return true;
}

} // namespace

std::string_view to_string(finish_reason reason) noexcept {
  switch (reason) {
  case finish_reason::none: return "";
  case finish_reason::stop: return "stop";
  case finish_reason::length: return "length";
  case finish_reason::tool_calls: return "tool_calls";
  case finish_reason::function_call: return "function_call";
  case finish_reason::content_filter: return "content_filter";
  case finish_reason::other: return "other";
  }
  return "";
}

finish_reason finish_reason_of(std::string_view text) noexcept {
  constexpr std::array<std::pair<std::string_view, finish_reason>, 13> k_names{{
      {"stop", finish_reason::stop},
      {"length", finish_reason::length},
      {"tool_calls", finish_reason::tool_calls},
      {"function_call", finish_reason::function_call},
      {"content_filter", finish_reason::content_filter},
      {"eos", finish_reason::stop},
      {"eos_token", finish_reason::stop},
      {"end_turn", finish_reason::stop},
      {"stop_sequence", finish_reason::stop},
      {"max_tokens", finish_reason::length},
      {"model_length", finish_reason::length},
      {"tool_use", finish_reason::tool_calls},
      {"", finish_reason::none},
  }};
  const auto* const found =
      std::find_if(k_names.begin(), k_names.end(), [&](const auto& known) { return known.first == text; });
  return found == k_names.end() ? finish_reason::other : found->second;
}

std::optional<document_facts> answer_walk::read(std::string_view document) {
  choices_.clear();
  groq_usage_.reset();
  if (index_.build(document)) {
    return std::nullopt;
  }
  document_facts facts;
  json::reader in = index_.read();
  const bool read = in.read_object([&](const json::text& key) { return member(in, key, facts); });
  if (!read || !in.finish()) {
    return std::nullopt;
  }
  if (!facts.usage) {
    facts.usage = groq_usage_;
  }
  return facts;
}

// Members are told apart by the type of their value first: on the way of every streamed token that saves most compares.
bool answer_walk::member(json::reader& in, const json::text& key, document_facts& facts) {
  switch (in.peek()) {
  case '[': return array_member(in, key, facts);
  case '"': return string_member(in, key, facts);
  case '{': break;
  default: return in.skip();
  }
  if (json::equals(key, "usage")) {
    return read_usage(in, facts.usage);
  }
  if (json::equals(key, "x_groq")) {
    return in.read_object([&](const json::text& inner) {
      return json::equals(inner, "usage") ? read_usage(in, groq_usage_) : in.skip();
    });
  }
  facts.is_error = facts.is_error || json::equals(key, "error");
  return in.skip();
}

bool answer_walk::array_member(json::reader& in, const json::text& key, document_facts& facts) {
  if (json::equals(key, "choices")) {
    facts.has_choices = true;
    return in.read_array([&](std::size_t) { return choice(in); });
  }
  if (json::equals(key, "data")) {
    return in.read_array([&](std::size_t) {
      ++facts.data_items;
      return in.skip();
    });
  }
  return in.skip();
}

bool answer_walk::string_member(json::reader& in, const json::text& key, document_facts& facts) {
  json::text piece;
  if (!in.read_checked_string(piece)) {
    return false;
  }
  if (json::equals(key, "model")) {
    facts.model = piece.escaped ? std::string_view{model_ = json::decoded(piece)} : piece.raw;
  } else if (json::equals(key, "error") || (json::equals(key, "object") && json::equals(piece, "error"))) {
    facts.is_error = true;
  }
  return true;
}

bool answer_walk::choice(json::reader& in) {
  choice_facts facts;
  const bool read = in.read_object([&](const json::text& key) { return choice_member(in, key, facts); });
  facts.finish = facts.failed ? finish_reason::other : facts.finish;
  choices_.push_back(facts);
  return read;
}

bool answer_walk::choice_member(json::reader& in, const json::text& key, choice_facts& facts) {
  const char first = in.peek();
  if (first == '{') {
    if (json::equals(key, "delta") || json::equals(key, "message")) {
      return count_text(in, facts.text_bytes);
    }
    facts.failed = facts.failed || json::equals(key, "error");
    return in.skip();
  }
  if (first == '"') {
    if (json::equals(key, "text")) {
      return count_text(in, facts.text_bytes);
    }
    if (json::equals(key, "finish_reason")) {
      return read_finish(in, facts.finish);
    }
    facts.failed = facts.failed || json::equals(key, "error");
    return in.skip();
  }
  if (first >= '0' && first <= '9' && json::equals(key, "index")) {
    json::number number;
    if (!in.read_number(number)) {
      return false;
    }
    facts.index = number.as_int64().value_or(0);
    return true;
  }
  return in.skip();
}

} // namespace inferenceflow::wire::openai
