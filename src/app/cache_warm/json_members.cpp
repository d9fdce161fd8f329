#include "app/cache_warm/json_members.h"

#include <cstddef>

namespace inferenceflow::app::cache_warm {

namespace {

constexpr std::string_view k_space = " \t\r\n";

/// @param at  the opening quote. @returns the place behind the closing one.
std::size_t behind_string(std::string_view text, std::size_t at) {
  for (++at; at < text.size() && text[at] != '"'; ++at) {
    at += text[at] == '\\' ? 1U : 0U;
  }
  return at + 1;
}

/// @returns the place of the comma or bracket that ends the value which begins at `at`.
std::size_t end_of_value(std::string_view text, std::size_t at) {
  std::size_t depth = 0;
  while (at < text.size()) {
    const char c = text[at];
    if (c == '"') {
      at = behind_string(text, at);
      continue;
    }
    if (depth == 0 && (c == ',' || c == '}')) {
      return at;
    }
    depth += c == '{' || c == '[' ? 1U : 0U;
    depth -= c == '}' || c == ']' ? 1U : 0U;
    ++at;
  }
  return at;
}

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(k_space);
  return first == std::string_view::npos ? std::string_view{}
                                         : text.substr(first, text.find_last_not_of(k_space) - first + 1);
}

} // namespace

std::vector<raw_member> members_of(std::string_view object) {
  std::vector<raw_member> members;
  std::size_t at = object.find('"', object.find('{') + 1);
  while (at < object.size()) {
    const std::size_t behind_key = behind_string(object, at);
    const std::size_t value = object.find(':', behind_key) + 1;
    const std::size_t end = end_of_value(object, value);
    members.push_back({object.substr(at + 1, behind_key - at - 2), trimmed(object.substr(value, end - value))});
    at = end < object.size() && object[end] == ',' ? object.find('"', end) : object.size();
  }
  return members;
}

std::string object_of(const std::vector<raw_member>& members) {
  std::string text = "{";
  for (const raw_member& member : members) {
    text.append(text.size() > 1 ? "," : "").append("\"").append(member.key).append("\":").append(member.value);
  }
  return text.append("}");
}

} // namespace inferenceflow::app::cache_warm
