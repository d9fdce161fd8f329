#include "providers/local/chat_fields.h"

#include "providers/local/sampling_fields.h"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>
#include <utility>

namespace inferenceflow::providers::local {
namespace {

result<std::string> read_part(const boost::json::value& part, const std::string& place) {
  if (!part.is_object()) {
    return bad_field(place, fmt::format("'{}' must be an object with a type", place));
  }
  const body_fields fields(part.get_object(), place + ".");
  const auto type = fields.text("type");
  if (type.has_error()) {
    return type.error();
  }
  if (!type.value() || *type.value() != "text") {
    return bad_field(place + ".type", fmt::format("'{}.type' is '{}'; this local model reads only text", place,
                                                  type.value().value_or("missing")));
  }
  const auto text = fields.text("text");
  if (text.has_error()) {
    return text.error();
  }
  if (!text.value()) {
    return bad_field(place + ".text", fmt::format("'{}.text' is missing", place));
  }
  return std::string(*text.value());
}

result<std::string> read_content(const body_fields& message) {
  const auto* content = message.find("content");
  const auto place = message.full_name("content");
  if (content != nullptr && content->is_string()) {
    return std::string(content->get_string());
  }
  if (content == nullptr || !content->is_array() || content->get_array().empty()) {
    return bad_field(place, fmt::format("'{}' must be a string or an array of text parts", place));
  }
  std::string joined;
  for (std::size_t i = 0; i < content->get_array().size(); ++i) {
    auto text = read_part(content->get_array()[i], fmt::format("{}[{}]", place, i));
    if (text.has_error()) {
      return text;
    }
    joined += text.value();
  }
  return joined;
}

result<engine::chat_message> read_message(const boost::json::value& value, const std::string& place) {
  if (!value.is_object()) {
    return bad_field(place, fmt::format("'{}' must be an object", place));
  }
  const body_fields message(value.get_object(), place + ".");
  const auto role = message.text("role");
  if (role.has_error()) {
    return role.error();
  }
  const auto name = role.value().value_or("");
  if (name == "tool" || name == "function") {
    return bad_field(place + ".role",
                     fmt::format("'{}.role' is '{}'; this local model does not call tools", place, name));
  }
  if (name != "system" && name != "developer" && name != "user" && name != "assistant") {
    return bad_field(place + ".role", fmt::format("'{}.role' must be system, developer, user or assistant", place));
  }
  for (const auto* extra : {"tool_calls", "function_call", "audio"}) {
    if (message.find(extra) != nullptr) {
      return bad_field(message.full_name(extra),
                       fmt::format("'{}' is not supported by this local model", message.full_name(extra)));
    }
  }
  auto content = read_content(message);
  if (content.has_error()) {
    return content.error();
  }
  return engine::chat_message{name == "developer" ? "system" : std::string(name), std::move(content).value()};
}

} // namespace

result<std::vector<engine::chat_message>> read_messages(const body_fields& fields) {
  const auto* value = fields.find("messages");
  if (value == nullptr || !value->is_array() || value->get_array().empty()) {
    return bad_field("messages", "'messages' must be an array with at least one message");
  }
  std::vector<engine::chat_message> messages;
  for (std::size_t i = 0; i < value->get_array().size(); ++i) {
    auto message = read_message(value->get_array()[i], fmt::format("messages[{}]", i));
    if (message.has_error()) {
      return message.error();
    }
    messages.push_back(std::move(message).value());
  }
  return messages;
}

result<std::string> read_response_format(const body_fields& fields) {
  const auto format = fields.object("response_format");
  if (format.has_error()) {
    return format.error();
  }
  if (format.value() == nullptr) {
    return std::string();
  }
  const auto type = body_fields(*format.value(), "response_format.").text("type");
  if (type.has_error()) {
    return type.error();
  }
  const auto name = type.value().value_or("");
  if (name == "text") {
    return std::string();
  }
  if (name == "json_object") {
    return std::string(R"({"type":"object"})");
  }
  if (name != "json_schema") {
    return bad_field("response_format.type", "'response_format.type' must be text, json_object or json_schema");
  }
  const auto wrapper = body_fields(*format.value(), "response_format.").object("json_schema");
  if (wrapper.has_error()) {
    return wrapper.error();
  }
  const auto schema = wrapper.value() == nullptr
                          ? result<const boost::json::object*>(nullptr)
                          : body_fields(*wrapper.value(), "response_format.json_schema.").object("schema");
  if (schema.has_error()) {
    return schema.error();
  }
  if (schema.value() == nullptr) {
    return bad_field("response_format.json_schema.schema",
                     "'response_format.json_schema.schema' must be a JSON schema");
  }
  return boost::json::serialize(*schema.value());
}

result<void> refuse_chat_extras(const body_fields& fields) {
  const auto* choice = fields.find("tool_choice");
  const bool tools_off = choice != nullptr && choice->is_string() && choice->get_string() == "none";
  if (!tools_off) {
    constexpr std::string_view why = "it does not call tools; set 'tool_choice' to \"none\" or choose another model";
    if (auto refused = refuse_fields(fields, {{"tools", why}, {"functions", why}}); refused.has_error()) {
      return refused;
    }
  }
  return refuse_fields(fields, {{"audio", "it writes only text"}, {"web_search_options", "it has no web access"}});
}

} // namespace inferenceflow::providers::local
