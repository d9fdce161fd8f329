#include "api/percent_decode.h"

#include <algorithm>
#include <utility>

namespace inferenceflow::api {

namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') {
    return c - '0';
  }
  if (c >= 'a' && c <= 'f') {
    return c - 'a' + 10;
  }
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

std::string decode(std::string_view text, bool plus_is_space) {
  std::string decoded;
  decoded.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && text.size() - i > 2 && hex_digit(text[i + 1]) >= 0 && hex_digit(text[i + 2]) >= 0) {
      decoded.push_back(static_cast<char>(hex_digit(text[i + 1]) * 16 + hex_digit(text[i + 2])));
      i += 2;
    } else {
      decoded.push_back(plus_is_space && text[i] == '+' ? ' ' : text[i]);
    }
  }
  return decoded;
}

/// Takes the first "name=value" off a query.
std::string_view take_pair(std::string_view& query) {
  const std::size_t end = query.find('&');
  const std::string_view rest = end == std::string_view::npos ? std::string_view{} : query.substr(end + 1);
  return std::exchange(query, rest).substr(0, end);
}

} // namespace

std::string percent_decode(std::string_view text) {
  return decode(text, false);
}

std::optional<std::string> unknown_parameter(std::string_view query, std::span<const std::string_view> known) {
  while (!query.empty()) {
    const std::string_view pair = take_pair(query);
    std::string name = decode(pair.substr(0, pair.find('=')), true);
    if (!pair.empty() && std::find(known.begin(), known.end(), name) == known.end()) {
      return name;
    }
  }
  return std::nullopt;
}

std::optional<std::string> query_value(std::string_view query, std::string_view name) {
  while (!query.empty()) {
    const std::string_view pair = take_pair(query);
    const std::size_t equals = pair.find('=');
    if (decode(pair.substr(0, equals), true) == name) {
      return equals == std::string_view::npos ? std::string{} : decode(pair.substr(equals + 1), true);
    }
  }
  return std::nullopt;
}

} // namespace inferenceflow::api
