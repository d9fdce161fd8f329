#include "http/multipart.h"

#include <algorithm>
#include <boost/beast/core/string.hpp>
#include <fmt/format.h>
#include <utility>

namespace inferenceflow::http {

using boost::beast::iequals;

namespace {

constexpr std::size_t k_boundary_bytes_max = 70;
constexpr std::string_view k_line_end = "\r\n";

error wrong(std::string message) {
  return make_error(error_kind::invalid_request, "multipart/form-data: " + std::move(message));
}

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t");
  return first == std::string_view::npos ? std::string_view{}
                                         : text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

/// Browsers write a quote in a name as %22; other clients escape it with a backslash.
std::string unescaped(std::string_view quoted) {
  std::string text;
  for (std::size_t at = 0; at < quoted.size(); ++at) {
    if (quoted[at] == '\\' && at + 1 < quoted.size() && (quoted[at + 1] == '"' || quoted[at + 1] == '\\')) {
      ++at;
    } else if (quoted.substr(at, 3) == "%22") {
      text.push_back('"');
      at += 2;
      continue;
    }
    text.push_back(quoted[at]);
  }
  return text;
}

/// Takes `; name=value` or `; name="value"` from the front. @returns whether there was one.
bool take_parameter(std::string_view& rest, std::string_view& name, std::string& value) {
  rest = trimmed(rest);
  if (rest.empty() || rest.front() != ';') {
    return false;
  }
  rest = trimmed(rest.substr(1));
  const std::size_t equals = rest.find('=');
  if (equals == std::string_view::npos) {
    return false;
  }
  name = trimmed(rest.substr(0, equals));
  rest = trimmed(rest.substr(equals + 1));
  if (rest.empty() || rest.front() != '"') {
    const std::size_t end = std::min(rest.find(';'), rest.size());
    value = trimmed(rest.substr(0, end));
    rest = rest.substr(end);
    return true;
  }
  std::size_t end = 1;
  while (end < rest.size() && rest[end] != '"') {
    end += rest[end] == '\\' ? 2U : 1U;
  }
  if (end >= rest.size()) {
    return false;
  }
  value = unescaped(rest.substr(1, end - 1));
  rest = rest.substr(end + 1);
  return true;
}

result<std::string> boundary_of(std::string_view content_type) {
  const std::string_view type = trimmed(content_type.substr(0, content_type.find(';')));
  if (!iequals(type, "multipart/form-data")) {
    return make_error(error_kind::unsupported_media_type,
                      fmt::format("Content-Type {}: send multipart/form-data", std::string{type.substr(0, 80)}));
  }
  std::string_view rest = content_type.substr(std::min(content_type.find(';'), content_type.size()));
  std::string_view name;
  std::string value;
  while (take_parameter(rest, name, value)) {
    if (iequals(name, "boundary") && !value.empty() && value.size() <= k_boundary_bytes_max) {
      return value;
    }
  }
  return wrong(fmt::format("Content-Type names no boundary of 1 to {} characters", k_boundary_bytes_max));
}

/// Header fields of one part. @returns false without a name.
bool read_head(std::string_view head, form_part& into) {
  bool named = false;
  while (!head.empty()) {
    const std::size_t end = head.find(k_line_end);
    const std::string_view line = head.substr(0, end);
    head = end == std::string_view::npos ? std::string_view{} : head.substr(end + k_line_end.size());
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos || !iequals(trimmed(line.substr(0, colon)), "content-disposition")) {
      continue;
    }
    std::string_view value = trimmed(line.substr(colon + 1));
    std::string_view rest = value.substr(std::min(value.find(';'), value.size()));
    std::string_view name;
    std::string text;
    while (iequals(trimmed(value.substr(0, value.find(';'))), "form-data") && take_parameter(rest, name, text)) {
      if (iequals(name, "name")) {
        into.name = text;
        named = true;
      } else if (iequals(name, "filename")) {
        into.filename = text;
      }
    }
  }
  return named;
}

/// Behind a delimiter: true when it was the last one. Takes what stands on its line.
result<bool> is_last(std::string_view& rest) {
  if (rest.starts_with("--")) {
    return true;
  }
  const std::size_t end = rest.find_first_not_of(" \t");
  if (end == std::string_view::npos || !rest.substr(end).starts_with(k_line_end)) {
    return wrong("a boundary is followed by something else than the end of its line");
  }
  rest.remove_prefix(end + k_line_end.size());
  return false;
}

} // namespace

result<std::vector<form_part>> read_form(std::string_view content_type, std::string_view body) {
  const auto boundary = boundary_of(content_type);
  if (!boundary) {
    return boundary.error();
  }
  const std::string delimiter = "\r\n--" + *boundary;
  std::string_view rest = body;
  if (rest.starts_with(std::string_view{delimiter}.substr(k_line_end.size()))) {
    rest.remove_prefix(delimiter.size() - k_line_end.size());
  } else if (const std::size_t first = rest.find(delimiter); first != std::string_view::npos) {
    rest.remove_prefix(first + delimiter.size()); // a preamble is not looked at
  } else {
    return wrong("the body does not hold the boundary");
  }
  std::vector<form_part> parts;
  for (;;) {
    const auto last = is_last(rest);
    if (!last) {
      return last.error();
    }
    if (*last) {
      return parts;
    }
    if (parts.size() == k_form_parts_max) {
      return wrong(fmt::format("more than {} parts", k_form_parts_max));
    }
    // An empty head is ended by the line end that ends the boundary's line: none has a name then.
    const std::size_t head_end = rest.substr(0, k_part_head_bytes_max).find("\r\n\r\n");
    if (head_end == std::string_view::npos) {
      return wrong(
          fmt::format("part {} has no header, or one of more than {} bytes", parts.size() + 1, k_part_head_bytes_max));
    }
    form_part part;
    if (!read_head(rest.substr(0, head_end), part)) {
      return wrong(fmt::format("part {} has no Content-Disposition: form-data with a name", parts.size() + 1));
    }
    rest.remove_prefix(head_end + 2); // an empty content begins with the line end of its delimiter
    const std::size_t end = rest.find(delimiter);
    if (end == std::string_view::npos) {
      return wrong("the body ends before its last boundary");
    }
    part.content =
        end < k_line_end.size() ? std::string_view{} : rest.substr(k_line_end.size(), end - k_line_end.size());
    parts.push_back(std::move(part));
    rest.remove_prefix(end + delimiter.size());
  }
}

const form_part* find_part(const std::vector<form_part>& parts, std::string_view name) noexcept {
  const auto found = std::find_if(parts.begin(), parts.end(), [&](const form_part& one) { return one.name == name; });
  return found == parts.end() ? nullptr : &*found;
}

} // namespace inferenceflow::http
