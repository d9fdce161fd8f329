#include "providers/batching/json_pick.h"

#include "wire/json/token_index.h"

#include <algorithm>
#include <charconv>

namespace inferenceflow::providers::batching {

namespace json = wire::json;

std::optional<json_object> json_object::read(std::string_view text) {
  json::token_index index;
  if (text.empty() || index.build(text)) {
    return std::nullopt;
  }
  auto in = index.read();
  json_object found;
  const bool good = in.read_object([&](const json::text& key) {
    const std::size_t begin = in.offset();
    if (!in.skip()) {
      return false;
    }
    if (found.members_.size() < k_members_max) {
      found.members_.emplace_back(json::decoded(key), text.substr(begin, in.consumed_end() - begin));
    }
    return true;
  });
  return good && in.finish() ? std::optional{std::move(found)} : std::nullopt;
}

std::string_view json_object::raw(std::string_view name) const {
  const auto found =
      std::find_if(members_.begin(), members_.end(), [&](const auto& member) { return member.first == name; });
  return found == members_.end() || found->second == "null" ? std::string_view{} : found->second;
}

std::string json_object::text(std::string_view name) const {
  const std::string_view value = raw(name);
  if (value.size() < 2 || value.front() != '"') {
    return {};
  }
  const std::string_view inner = value.substr(1, value.size() - 2);
  return json::decoded({.raw = inner, .escaped = inner.find('\\') != std::string_view::npos});
}

std::int64_t json_object::number(std::string_view name) const {
  std::string_view value = raw(name);
  if (value.size() >= 2 && value.front() == '"') {
    value = value.substr(1, value.size() - 2);
  }
  std::int64_t read = 0;
  std::from_chars(value.data(), value.data() + value.size(), read);
  return read;
}

std::optional<std::vector<std::string_view>> json_elements(std::string_view text) {
  json::token_index index;
  if (text.empty() || index.build(text)) {
    return std::nullopt;
  }
  auto in = index.read();
  std::vector<std::string_view> all;
  const bool good = in.read_array([&](std::size_t) {
    const std::size_t begin = in.offset();
    if (!in.skip()) {
      return false;
    }
    all.push_back(text.substr(begin, in.consumed_end() - begin));
    return true;
  });
  return good && in.finish() ? std::optional{std::move(all)} : std::nullopt;
}

std::string on_one_line(std::string_view document) {
  std::string line{document};
  std::replace_if(
      line.begin(), line.end(), [](char c) { return c == '\n' || c == '\r'; }, ' ');
  return line;
}

} // namespace inferenceflow::providers::batching
