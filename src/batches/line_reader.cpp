#include "batches/line_reader.h"

#include "wire/json/token_index.h"
#include "wire/json/writer.h"

#include <algorithm>
#include <fmt/format.h>
#include <unordered_set>

namespace inferenceflow::batches {

namespace json = wire::json;

namespace {

constexpr std::string_view k_byte_order_mark = "\xef\xbb\xbf";

line_error wrong(std::string_view code, std::string message, std::string_view param = {}) {
  return {.code = std::string{code}, .message = std::move(message), .param = std::string{param}, .line = 0};
}

/// What a line says; absent members stay empty.
struct members {
  std::string custom_id;
  std::string method;
  std::string url;
  std::string_view body;
  bool custom_id_is_text = true;
  bool has_custom_id = false;
};

bool read_text(json::reader& in, std::string& into, bool& is_text) {
  if (in.peek() != '"') {
    is_text = false;
    return in.skip();
  }
  json::text value;
  if (!in.read_checked_string(value)) {
    return false;
  }
  into = json::decoded(value);
  return true;
}

bool read_member(json::reader& in, std::string_view line, const json::text& key, members& into) {
  bool unused = true;
  if (json::equals(key, "custom_id")) {
    into.has_custom_id = true;
    return read_text(in, into.custom_id, into.custom_id_is_text);
  }
  if (json::equals(key, "method")) {
    return read_text(in, into.method, unused);
  }
  if (json::equals(key, "url")) {
    return read_text(in, into.url, unused);
  }
  const bool is_body = json::equals(key, "body") && in.peek() == '{';
  const std::size_t begin = in.offset();
  if (!in.skip()) {
    return false;
  }
  if (is_body) {
    into.body = line.substr(begin, in.consumed_end() - begin);
  }
  return true;
}

bool is_blank(std::string_view line) {
  return line.find_first_not_of(" \t\r") == std::string_view::npos;
}

std::variant<line_request, line_error> checked(members&& found, std::string_view endpoint) {
  if (!found.has_custom_id || !found.custom_id_is_text || found.custom_id.empty() ||
      found.custom_id.size() > k_custom_id_bytes_max) {
    return wrong(found.has_custom_id ? "invalid_custom_id" : "missing_required_parameter",
                 fmt::format("custom_id: must be a text of 1 to {} bytes.", k_custom_id_bytes_max), "custom_id");
  }
  if (found.method != "POST") {
    return wrong(found.method.empty() ? "missing_required_parameter" : "invalid_method", "method: must be \"POST\".",
                 "method");
  }
  if (found.url != endpoint) {
    return wrong(found.url.empty() ? "missing_required_parameter" : "url_mismatch",
                 fmt::format("url: must be \"{}\", the endpoint of the batch.", endpoint), "url");
  }
  if (found.body.empty()) {
    return wrong("missing_required_parameter", "body: must be an object, the request.", "body");
  }
  return line_request{std::move(found.custom_id), found.body};
}

} // namespace

std::variant<line_request, line_error> read_line(std::string_view line, std::string_view endpoint) {
  json::token_index index;
  const auto unreadable = [](const json::fault& why) {
    return wrong("invalid_json_line", fmt::format("This line is not valid JSON: {} at byte {}.", why.what, why.offset));
  };
  if (const auto fault = index.build(line)) {
    return unreadable(*fault);
  }
  auto in = index.read();
  if (in.peek() != '{') {
    return wrong("invalid_json_line", "This line is not a JSON object.");
  }
  members found;
  if (!in.read_object([&](const json::text& key) { return read_member(in, line, key, found); }) || !in.finish()) {
    return unreadable(in.failure());
  }
  return checked(std::move(found), endpoint);
}

read_lines read_file(std::string_view text, std::string_view endpoint, std::size_t lines_max) {
  read_lines all;
  std::unordered_set<std::string_view> seen;
  if (text.starts_with(k_byte_order_mark)) {
    text.remove_prefix(k_byte_order_mark.size());
  }
  const auto note = [&](line_error why, std::int64_t line) {
    why.line = line;
    all.errors.push_back(std::move(why));
  };
  // References to custom_ids must hold while `seen` does, so the requests are not moved once they are there.
  all.requests.reserve(std::min(lines_max, static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n')) + 1));
  for (std::int64_t line = 1; !text.empty() && all.errors.size() < k_errors_max; ++line) {
    const std::size_t end = text.find('\n');
    const std::string_view one = text.substr(0, end);
    text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
    if (is_blank(one)) {
      continue;
    }
    if (all.requests.size() == lines_max) {
      note(wrong("too_many_tasks", fmt::format("The file has more than {} requests.", lines_max)), line);
      return all;
    }
    auto read = read_line(one, endpoint);
    if (auto* const why = std::get_if<line_error>(&read)) {
      note(std::move(*why), line);
      continue;
    }
    all.requests.emplace_back(line, std::move(std::get<line_request>(read)));
    if (const auto& id = all.requests.back().second.custom_id; !seen.insert(id).second) {
      note(wrong("duplicate_custom_id", fmt::format("The custom_id \"{}\" was there before.", id), "custom_id"), line);
    }
  }
  if (all.requests.empty() && all.errors.empty()) {
    note(wrong("empty_file", "The file has no requests."), 0);
  }
  return all;
}

std::string to_json(const std::vector<line_error>& errors) {
  std::string text;
  json::writer out{text};
  out.open_array();
  for (const auto& one : errors) {
    out.open_object().key("code").text(one.code).key("message").text(one.message).key("param");
    one.param.empty() ? out.null() : out.text(one.param);
    out.key("line");
    one.line == 0 ? out.null() : out.integer(one.line);
    out.close_object();
  }
  out.close_array();
  return text;
}

} // namespace inferenceflow::batches
