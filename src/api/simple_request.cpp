#include "api/simple_request.h"

#include "api/field_reader.h"
#include "api/lane_wish.h"

#include <boost/json/serialize.hpp>
#include <fmt/format.h>

namespace inferenceflow::api {

namespace json = boost::json;

namespace {

constexpr std::size_t k_model_bytes_max = 256;
/// Other names of the lanes, in their order.
constexpr per_lane<std::string_view> k_other_names{"high", "normal", "low"};

void read_priority(field_reader& fields, std::optional<service_lane>& into) {
  const json::value* found = fields.find("priority");
  if (found == nullptr) {
    return;
  }
  const std::string_view name = found->is_string() ? std::string_view{found->get_string()} : std::string_view{};
  into = lane_named(name);
  for (const auto lane : k_all_lanes) {
    into = name == k_other_names[index_of(lane)] ? lane : into;
  }
  if (!into) {
    fields.fail("priority", "must be one of express, standard, batch, high, normal, low");
  }
}

} // namespace

result<simple_request> read_simple(simple_kind kind, std::string_view body) {
  const auto document = read_object(body);
  if (!document) {
    return document.error();
  }
  simple_request asked;
  field_reader fields{*document};
  std::optional<bool> stream;
  fields.text("prompt", 1, std::string::npos, asked.prompt);
  if (asked.prompt.empty()) {
    fields.fail("prompt", "must be a string that is not empty");
  }
  fields.number("temperature", 0, 2, "must be a number from 0 to 2", asked.temperature);
  fields.flag("stream", stream);
  if (kind == simple_kind::inference) {
    fields.text("model_preference", 1, k_model_bytes_max, asked.model);
    fields.text("model", 1, k_model_bytes_max, asked.model);
    fields.tokens("max_tokens", asked.max_tokens);
    read_priority(fields, asked.lane);
    fields.whole("deadline_ms", 1, k_deadline_ms_max,
                 fmt::format("must be a whole number of milliseconds, 1 to {}", k_deadline_ms_max), asked.deadline_ms);
    fields.flag("use_cache", asked.use_cache);
    fields.text("user_id", 0, k_model_bytes_max, asked.user);
    fields.object("metadata", asked.metadata);
  } else {
    fields.text("model", 1, k_model_bytes_max, asked.model);
    fields.tokens("max_length", asked.max_tokens);
  }
  if (fields.failure()) {
    return *fields.failure();
  }
  asked.stream = stream.value_or(false);
  return asked;
}

std::string as_chat_body(const simple_request& asked, std::string_view default_model, const json::array& messages) {
  json::object chat{{"model", asked.model.empty() ? default_model : std::string_view{asked.model}}};
  if (messages.empty()) {
    chat["messages"] = json::array{json::object{{"role", "user"}, {"content", asked.prompt}}};
  } else {
    chat["messages"] = messages;
  }
  if (asked.max_tokens) {
    chat["max_tokens"] = *asked.max_tokens;
  }
  if (asked.temperature) {
    chat["temperature"] = *asked.temperature;
  }
  if (!asked.user.empty()) {
    chat["user"] = asked.user;
  }
  if (asked.stream) {
    chat["stream"] = true;
    chat["stream_options"] = json::object{{"include_usage", true}};
  }
  return json::serialize(chat);
}

} // namespace inferenceflow::api
