#include "app/cache_warm/warm_line.h"

#include "app/cache_warm/json_members.h"

#include <algorithm>
#include <boost/json.hpp>
#include <fmt/format.h>
#include <iterator>
#include <utility>

namespace inferenceflow::app::cache_warm {

namespace json = boost::json;

namespace {

constexpr std::string_view k_chat = "/v1/chat/completions";

/// By the member that only its body has.
constexpr std::pair<const char*, std::string_view> k_paths[] = {
    {"messages", k_chat}, {"prompt", "/v1/completions"}, {"input", "/v1/embeddings"}};

/// Paths that stream whatever the body says, and those that do not.
constexpr std::pair<std::string_view, std::string_view> k_streamed[] = {{":streamGenerateContent", ":generateContent"},
                                                                        {"/converse-stream", "/converse"}};

error wrong(std::string message) {
  return make_error(error_kind::invalid_request, std::move(message));
}

result<json::value> parse(std::string_view text) {
  json::parse_options options;
  options.max_depth = k_depth_max;
  boost::system::error_code malformed;
  json::value document = json::parse(json::string_view{text.data(), text.size()}, malformed, {}, options);
  if (malformed) {
    return wrong(fmt::format("not JSON: {}", malformed.message()));
  }
  return document;
}

bool is_path(std::string_view text) {
  return text.starts_with('/') && text.size() <= k_path_bytes_max &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7f; });
}

/// Whether the key says `name`; a key may be written with escapes.
bool is_named(const raw_member& member, std::string_view name) {
  if (member.key.find('\\') == std::string_view::npos) {
    return member.key == name;
  }
  const auto key = parse(fmt::format("\"{}\"", member.key));
  return key && key->is_string() && std::string_view{key->get_string()} == name;
}

/// @param body  text of a valid object.
std::string without_stream(std::string_view body) {
  auto members = members_of(body);
  const auto rest = std::remove_if(members.begin(), members.end(), [](const raw_member& member) {
    return is_named(member, "stream") || is_named(member, "stream_options");
  });
  if (rest == members.end()) {
    return std::string{body};
  }
  members.erase(rest, members.end());
  return object_of(members);
}

result<warm_request> question(std::string_view text, std::string_view model) {
  if (model.empty()) {
    return wrong("a question; say with --model which model it is for");
  }
  const json::value body{{"model", json::string_view{model.data(), model.size()}},
                         {"messages", {{{"role", "user"}, {"content", json::string_view{text.data(), text.size()}}}}}};
  std::string written = json::serialize(body);
  if (!parse(written)) {
    return wrong("not UTF-8");
  }
  return warm_request{.path = std::string{k_chat}, .body = std::move(written), .tenant = {}};
}

result<warm_request> from_object(std::string_view line, const json::object& members, std::string_view model) {
  if (members.contains("path") || members.contains("body")) {
    const json::value* path = members.if_contains("path");
    const json::value* body = members.if_contains("body");
    if (path == nullptr || !path->is_string() || body == nullptr || !body->is_object()) {
      return wrong("path must be a string, and body an object beside it");
    }
    const auto raw = members_of(line); // of a key that is there twice the last counts, as in the parsed object
    const auto at = std::find_if(raw.rbegin(), raw.rend(), [](const raw_member& one) { return is_named(one, "body"); });
    return unstreamed(std::string_view{path->get_string()}, at->value);
  }
  const auto known = std::find_if(std::begin(k_paths), std::end(k_paths),
                                  [&](const auto& one) { return members.contains(one.first); });
  if (known == std::end(k_paths)) {
    return wrong("has none of messages, prompt, input, or path and body");
  }
  auto made = unstreamed(known->second, line);
  if (made && !members.contains("model")) {
    if (model.empty()) {
      return wrong("names no model, and there is no --model");
    }
    const std::string named = json::serialize(json::value(json::string_view{model.data(), model.size()}));
    auto all = members_of(made->body);
    all.insert(all.begin(), raw_member{"model", named});
    std::string body = object_of(all); // before `made` gives up what the views point into
    made->body = std::move(body);
  }
  return made;
}

} // namespace

result<warm_request> unstreamed(std::string_view path, std::string_view body) {
  if (!is_path(path)) {
    return wrong(fmt::format("path must begin with / and have at most {} visible characters", k_path_bytes_max));
  }
  const auto parsed = parse(body);
  if (!parsed || !parsed->is_object()) {
    return parsed ? wrong("the body is no JSON object") : parsed.error();
  }
  for (const auto& [streamed, whole] : k_streamed) {
    if (path.ends_with(streamed)) {
      const std::string_view stem = path.substr(0, path.size() - streamed.size());
      return warm_request{.path = std::string{stem}.append(whole), .body = without_stream(body), .tenant = {}};
    }
  }
  return warm_request{.path = std::string{path}, .body = without_stream(body), .tenant = {}};
}

result<std::optional<warm_request>> read_warm_line(std::string_view line, std::string_view model) {
  constexpr std::string_view space = " \t\r";
  const std::size_t first = line.find_first_not_of(space);
  if (first == std::string_view::npos) {
    return std::optional<warm_request>{};
  }
  line = line.substr(first, line.find_last_not_of(space) - first + 1);
  result<warm_request> made = wrong("an array; a line is one request");
  if (line.front() == '{' || line.front() == '"') {
    const auto parsed = parse(line);
    if (!parsed) {
      return parsed.error();
    }
    made = parsed->is_object() ? from_object(line, parsed->get_object(), model)
                               : question(std::string_view{parsed->get_string()}, model);
  } else if (line.front() != '[') {
    made = question(line, model);
  }
  if (!made) {
    return made.error();
  }
  return std::optional{std::move(*made)};
}

} // namespace inferenceflow::app::cache_warm
