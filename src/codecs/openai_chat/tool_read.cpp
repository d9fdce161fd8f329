#include "codecs/openai_chat/tool_read.h"

#include "codecs/openai_chat/extra_fields.h"

#include <utility>

namespace inferenceflow::codecs::openai_chat {

using dialogue::json_view;
using dialogue::request;
using dialogue::tool;
using dialogue::tool_mode;

namespace {

/// A JSON schema, or any object, as text.
std::string read_object(const json_view& value) {
  if (value.present() && !value.is_object()) {
    value.fail("must be an object");
  }
  return value.json();
}

tool read_function(const json_view& function) {
  tool got;
  got.name = function.member("name").required_text();
  got.description = function.member("description").text();
  got.parameters = read_object(function.member("parameters"));
  got.strict = function.member("strict").flag();
  return got;
}

tool read_tool(const json_view& value) {
  const std::string_view type = value.member("type").text();
  tool got;
  if (type == "function" || (type.empty() && value.member("function").present())) {
    got = read_function(value.member("function"));
  } else {
    got.name =
        type == "custom" ? value.member("custom").member("name").required_text() : value.member("type").required_text();
    got.opaque = value.json();
    got.origin = dialogue::protocol::openai_chat;
    return got;
  }
  if (const auto mark = value.member("cache_control"); mark.present()) {
    got.cache_mark = mark.member("ttl").text() == "1h" ? dialogue::cache_life::hour_1 : dialogue::cache_life::minutes_5;
  }
  return got;
}

void keep_whole(request& into, std::string_view name, const json_view& value) {
  into.extras.push_back({.name = std::string{name}, .json = value.json(), .essential = is_essential_extra(name)});
}

void read_choice(request& into, std::string_view name, const json_view& value) {
  dialogue::tool_choice& choice = into.choice;
  if (value.is_text()) {
    const std::string_view word = value.text();
    if (word == "auto") {
      choice.mode = tool_mode::automatic;
    } else if (word == "none") {
      choice.mode = tool_mode::forbidden;
    } else if (word == "required" || word == "any") {
      choice.mode = tool_mode::required;
    } else {
      value.fail("must be none, auto, required or the name of a tool in an object");
    }
    return;
  }
  const std::string_view type = value.member("type").text();
  if (type == "function" || type == "custom") {
    choice.mode = tool_mode::named;
    choice.name = value.member(type).member("name").required_text();
  } else if (name == "function_call") {
    choice.mode = tool_mode::named;
    choice.name = value.member("name").required_text();
  } else {
    keep_whole(into, "tool_choice", value); // allowed_tools and whatever comes
  }
}

void read_schema(dialogue::output_format& format, const json_view& schema) {
  if (!schema.present()) {
    schema.fail("is missing");
  }
  format.kind = dialogue::format_kind::json_schema;
  format.schema = read_object(schema);
}

void read_format(request& into, const json_view& value) {
  const std::string_view type = value.member("type").required_text();
  dialogue::output_format& format = into.format;
  if (type == "json_schema") {
    const auto described = value.member("json_schema");
    format.name = described.member("name").text();
    format.description = described.member("description").text();
    format.strict = described.member("strict").flag();
    read_schema(format, described.member("schema"));
  } else if (type == "json_object") {
    format.kind = dialogue::format_kind::json;
    if (const auto schema = value.member("schema"); schema.present()) {
      read_schema(format, schema);
    }
  } else if (type != "text") {
    keep_whole(into, "response_format", value); // a grammar or an expression
  }
}

} // namespace

bool read_tool_field(request& into, std::string_view name, const json_view& value) {
  if (name == "tools") {
    value.each([&](const json_view& one) { into.tools.push_back(read_tool(one)); });
  } else if (name == "functions") {
    value.each([&](const json_view& one) { into.tools.push_back(read_function(one)); });
  } else if (name == "tool_choice" || name == "function_call") {
    read_choice(into, name, value);
  } else if (name == "parallel_tool_calls") {
    into.choice.parallel = value.flag();
  } else if (name == "response_format") {
    read_format(into, value);
  } else {
    return false;
  }
  return true;
}

} // namespace inferenceflow::codecs::openai_chat
