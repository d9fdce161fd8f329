#include "config/expand.h"

#include <algorithm>

namespace inferenceflow::config {
namespace {

constexpr std::string_view k_home_variable = "INFERENCEFLOW_HOME";
constexpr std::string_view k_home_default = "${XDG_CACHE_HOME:-${HOME:-.}/.cache}/inferenceflow";

bool is_name(std::string_view name) {
  return !name.empty() && !(name[0] >= '0' && name[0] <= '9') && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  });
}

// Position of the brace that closes the reference whose content starts at `from`; npos when there is none.
std::size_t closing_brace(std::string_view text, std::size_t from) {
  int open = 1;
  for (std::size_t i = from; i < text.size(); ++i) {
    if (text.substr(i).starts_with("${")) {
      ++open;
    } else if (text[i] == '}' && --open == 0) {
      return i;
    }
  }
  return std::string_view::npos;
}

result<std::string> expand_nested(std::string_view text, const environment& env, int depth);

result<std::string> lookup(std::string_view reference, const environment& env, int depth) {
  const auto split = reference.find(":-");
  const auto name = reference.substr(0, split);
  if (!is_name(name)) {
    return make_error(error_kind::invalid_request, "malformed variable reference ${" + std::string(reference) + "}");
  }
  auto value = env ? env(name) : std::nullopt;
  if (value && !value->empty()) {
    return *std::move(value);
  }
  if (split != std::string_view::npos) {
    return expand_nested(reference.substr(split + 2), env, depth + 1);
  }
  if (name == k_home_variable) {
    return expand_nested(k_home_default, env, depth + 1);
  }
  if (value) {
    return std::string{};
  }
  return make_error(error_kind::invalid_request, "environment variable " + std::string(name) + " is not set");
}

result<std::string> expand_nested(std::string_view text, const environment& env, int depth) {
  if (depth > k_expand_depth_max) {
    return make_error(error_kind::invalid_request, "variable references nest too deeply");
  }
  std::string out;
  std::size_t i = 0;
  while (i < text.size()) {
    const auto rest = text.substr(i);
    if (rest.starts_with("$${")) {
      out += "${";
      i += 3;
    } else if (rest.starts_with("${")) {
      const auto end = closing_brace(text, i + 2);
      if (end == std::string_view::npos) {
        return make_error(error_kind::invalid_request, "variable reference without closing brace");
      }
      auto value = lookup(text.substr(i + 2, end - i - 2), env, depth);
      if (!value) {
        return value.error();
      }
      out += *value;
      i = end + 1;
    } else {
      out += text[i++];
    }
    if (out.size() > k_expanded_bytes_max) {
      return make_error(error_kind::invalid_request, "value too long after replacing variables");
    }
  }
  return out;
}

} // namespace

result<std::string> expand(std::string_view text, const environment& env) {
  return expand_nested(text, env, 0);
}

} // namespace inferenceflow::config
