#include "cost/match_rule.h"

#include <algorithm>

namespace inferenceflow::cost {

namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool matches_pattern(std::string_view pattern, std::string_view text) {
  const bool open_end = pattern.ends_with('*');
  if (open_end) {
    pattern.remove_suffix(1);
  }
  if (open_end ? text.size() < pattern.size() : text.size() != pattern.size()) {
    return false;
  }
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] == '#' ? !is_digit(text[i]) : pattern[i] != text[i]) {
      return false;
    }
  }
  return true;
}

/// `pattern` with '*' for any characters, against the whole of `text`.
bool matches_host(std::string_view pattern, std::string_view text) {
  const auto star = pattern.find('*');
  if (star == std::string_view::npos) {
    return pattern == text;
  }
  const auto head = pattern.substr(0, star);
  const auto tail = pattern.substr(star + 1);
  return text.size() >= head.size() + tail.size() && text.starts_with(head) && text.ends_with(tail);
}

} // namespace

std::string to_lower(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return lower;
}

bool matches(const match_clause& clause, std::string_view lower_text) noexcept {
  switch (clause.kind) {
  case match_kind::equals: return lower_text == clause.text;
  case match_kind::starts_with: return lower_text.starts_with(clause.text);
  case match_kind::ends_with: return lower_text.ends_with(clause.text);
  case match_kind::contains: return lower_text.find(clause.text) != std::string_view::npos;
  case match_kind::pattern: return matches_pattern(clause.text, lower_text);
  }
  return false;
}

bool matches(const match_rule& rule, std::string_view lower_text) noexcept {
  return std::any_of(rule.begin(), rule.end(), [&](const auto& conjunction) {
    return std::all_of(conjunction.begin(), conjunction.end(),
                       [&](const match_clause& clause) { return matches(clause, lower_text); });
  });
}

bool is_under_api(std::string_view url, std::string_view api) {
  if (const auto scheme = url.find("://"); scheme != std::string_view::npos) {
    url.remove_prefix(scheme + 3);
  }
  const std::string lower = to_lower(url);
  const std::string_view text = lower;
  const auto authority = text.substr(0, text.find_first_of("/?#"));
  const auto path = text.substr(authority.size());
  const auto host = authority.substr(0, authority.rfind(':'));
  const auto api_host = api.substr(0, api.find('/'));
  const auto api_path = api.substr(api_host.size());
  const bool host_fits =
      matches_host(api_host, host) || (api_host.starts_with("*.") && matches_host(api_host.substr(2), host));
  return host_fits && path.starts_with(api_path) &&
         (api_path.empty() || path.size() == api_path.size() || path[api_path.size()] == '/');
}

} // namespace inferenceflow::cost
