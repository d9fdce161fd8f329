#include "replay/log/json_fields.h"

#include "replay/log/time_text.h"
#include "wire/json/token_index.h"
#include "wire/openai/usage_block.h"

#include <algorithm>
#include <boost/json.hpp>
#include <charconv>
#include <cmath>

namespace inferenceflow::replay {

namespace json = boost::json;

namespace {

std::optional<double> number_of(const json::value& value) {
  if (value.is_number()) {
    return value.to_number<double>();
  }
  if (const auto* text = value.if_string()) {
    double number = 0;
    const auto read = std::from_chars(text->data(), text->data() + text->size(), number);
    if (read.ec == std::errc{} && read.ptr == text->data() + text->size() && std::isfinite(number)) {
      return number;
    }
  }
  return std::nullopt;
}

std::int64_t tokens(const json::object& of, names wanted) {
  const double number = number_member(of, wanted).value_or(0);
  return static_cast<std::int64_t>(std::clamp(number, 0.0, static_cast<double>(cost::k_tokens_max)));
}

/// Anthropic's parts do not overlap: input_tokens leaves out what was read from its cache or written to it.
cost::token_usage disjoint_usage(const json::object& usage) {
  cost::token_usage found{.fresh_input = tokens(usage, {"input_tokens"}),
                          .cached_input = tokens(usage, {"cache_read_input_tokens"}),
                          .cache_write = tokens(usage, {"cache_creation_input_tokens"}),
                          .output = tokens(usage, {"output_tokens"})};
  if (const auto* made = member(usage, {"cache_creation"}); made != nullptr && made->is_object()) {
    found.cache_write_hour = std::min(tokens(made->get_object(), {"ephemeral_1h_input_tokens"}), found.cache_write);
  }
  return found;
}

/// A string, or the text members of a list of parts.
void add_text(const json::value& content, std::string& into) {
  if (const auto* text = content.if_string()) {
    into.append(text->data(), text->size());
  } else if (const auto* parts = content.if_array()) {
    for (const auto& part : *parts) {
      if (const auto* object = part.if_object()) {
        for (const std::string_view name : {"text", "content"}) {
          if (const auto* inner = object->if_contains(name)) {
            add_text(*inner, into);
          }
        }
      }
    }
  }
}

void add_choice(const json::value& choice, std::string& into) {
  const auto* object = choice.if_object();
  if (object == nullptr) {
    return;
  }
  for (const std::string_view holder : {"message", "delta"}) {
    const auto* inner = object->if_contains(holder);
    if (inner != nullptr && inner->is_object()) {
      if (const auto* content = inner->get_object().if_contains("content")) {
        add_text(*content, into);
      }
      if (const auto* calls = inner->get_object().if_contains("tool_calls")) {
        into += calls->is_null() ? std::string{} : json::serialize(*calls);
      }
    }
  }
  if (const auto* text = object->if_contains("text")) {
    add_text(*text, into);
  }
}

/// "data: {…}" lines, joined.
std::optional<std::string> text_of_stream(std::string_view stream) {
  std::string found;
  while (!stream.empty()) {
    const std::size_t end = stream.find('\n');
    std::string_view line = stream.substr(0, end);
    stream = end == std::string_view::npos ? std::string_view{} : stream.substr(end + 1);
    if (line.substr(0, 5) != "data:") {
      continue;
    }
    line.remove_prefix(5);
    boost::system::error_code failed;
    const auto chunk = json::parse(line, failed);
    if (!failed) {
      found += answer_text_of(chunk).value_or("");
    }
  }
  return found;
}

} // namespace

const json::value* member(const json::object& of, names wanted) {
  for (const std::string_view name : wanted) {
    const auto* found = of.if_contains(name);
    if (found != nullptr && !found->is_null()) {
      return found;
    }
  }
  return nullptr;
}

std::string text_member(const json::object& of, names wanted) {
  for (const std::string_view name : wanted) {
    const auto* found = of.if_contains(name);
    if (found == nullptr) {
      continue;
    }
    if (const auto* text = found->if_string(); text != nullptr && !text->empty()) {
      return {text->data(), text->size()};
    }
    if (found->is_number()) {
      return json::serialize(*found);
    }
  }
  return {};
}

std::optional<double> number_member(const json::object& of, names wanted) {
  const auto* found = member(of, wanted);
  return found == nullptr ? std::nullopt : number_of(*found);
}

std::optional<std::int64_t> time_member(const json::object& of, names wanted) {
  const auto* found = member(of, wanted);
  if (found == nullptr) {
    return std::nullopt;
  }
  if (const auto* text = found->if_string()) {
    return parse_time({text->data(), text->size()});
  }
  return found->is_number() ? unix_ms_of(found->to_number<double>()) : std::nullopt;
}

bool flag_member(const json::object& of, names wanted) {
  const auto* found = member(of, wanted);
  if (found == nullptr) {
    return false;
  }
  if (const auto* flag = found->if_bool()) {
    return *flag;
  }
  const auto* text = found->if_string();
  return text != nullptr && (*text == "true" || *text == "True" || *text == "1");
}

json::value document_member(const json::object& of, names wanted) {
  const auto* found = member(of, wanted);
  if (found == nullptr) {
    return nullptr;
  }
  const auto* text = found->if_string();
  if (text == nullptr) {
    return *found;
  }
  boost::system::error_code failed;
  json::parse_options options;
  options.max_depth = wire::json::k_depth_max;
  auto inner = json::parse({text->data(), text->size()}, failed, {}, options);
  return failed ? json::value(*text) : inner;
}

std::optional<cost::token_usage> usage_of(const json::value& usage) {
  const auto* object = usage.if_object();
  if (object == nullptr || object->empty()) {
    return std::nullopt;
  }
  if (object->contains("input_tokens") &&
      (object->contains("cache_read_input_tokens") || object->contains("cache_creation_input_tokens"))) {
    return disjoint_usage(*object);
  }
  const std::string text = json::serialize(*object);
  wire::json::token_index index;
  if (index.build(text)) {
    return std::nullopt;
  }
  auto in = index.read();
  std::optional<cost::token_usage> found;
  return wire::openai::read_usage(in, found) ? found : std::nullopt;
}

std::optional<std::string> answer_text_of(const json::value& response) {
  if (const auto* text = response.if_string()) {
    const std::string_view whole{text->data(), text->size()};
    return whole.substr(0, 5) == "data:" ? text_of_stream(whole) : std::optional<std::string>{whole};
  }
  const auto* object = response.if_object();
  if (object == nullptr) {
    return std::nullopt;
  }
  std::string found;
  if (const auto* choices = object->if_contains("choices"); choices != nullptr && choices->is_array()) {
    for (const auto& choice : choices->get_array()) {
      add_choice(choice, found);
    }
    return found;
  }
  for (const std::string_view name : {"content", "output", "output_text", "text"}) {
    if (const auto* content = object->if_contains(name); content != nullptr && !content->is_null()) {
      add_text(*content, found);
      return found;
    }
  }
  return std::nullopt;
}

} // namespace inferenceflow::replay
