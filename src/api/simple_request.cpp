#include "api/simple_request.h"

#include "api/lane_wish.h"

#include <algorithm>
#include <array>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>
#include <limits>

namespace inferenceflow::api {

namespace json = boost::json;

namespace {

constexpr std::size_t k_depth_max = 32;
constexpr std::size_t k_model_bytes_max = 256;
/// Other names of the lanes, in their order.
constexpr per_lane<std::string_view> k_other_names{"high", "normal", "low"};

error wrong(std::string_view field, std::string_view allowed) {
  return make_error(error_kind::invalid_request, fmt::format("{}: {}", field, allowed), std::string{field});
}

/// Reads fields one by one and keeps the first error.
class field_reader {
public:
  explicit field_reader(const json::object& from)
      : from_(from) {}

  void text(std::string_view name, std::size_t bytes_min, std::size_t bytes_max, std::string& into) {
    const json::value* found = find(name);
    if (found == nullptr) {
      return;
    }
    if (!found->is_string() || found->get_string().size() < bytes_min || found->get_string().size() > bytes_max) {
      return fail(name, bytes_max == std::string::npos
                            ? "must be a string that is not empty"
                            : fmt::format("must be a string of {} to {} bytes", bytes_min, bytes_max));
    }
    into = std::string{found->get_string()};
  }

  void flag(std::string_view name, std::optional<bool>& into) {
    if (const json::value* found = find(name)) {
      if (!found->is_bool()) {
        return fail(name, "must be true or false");
      }
      into = found->get_bool();
    }
  }

  void tokens(std::string_view name, std::optional<std::int64_t>& into) {
    if (const json::value* found = find(name)) {
      if (!found->is_int64() || found->get_int64() < 1 ||
          found->get_int64() > std::numeric_limits<std::int32_t>::max()) {
        return fail(name, "must be an integer of at least 1");
      }
      into = found->get_int64();
    }
  }

  void temperature(std::optional<double>& into) {
    if (const json::value* found = find("temperature")) {
      const double value = found->is_number() ? found->to_number<double>() : -1;
      if (!(value >= 0 && value <= 2)) {
        return fail("temperature", "must be a number from 0 to 2");
      }
      into = value;
    }
  }

  void priority(std::optional<service_lane>& into) {
    const json::value* found = find("priority");
    if (found == nullptr) {
      return;
    }
    const std::string_view name = found->is_string() ? std::string_view{found->get_string()} : std::string_view{};
    into = lane_named(name);
    for (const auto lane : k_all_lanes) {
      into = name == k_other_names[index_of(lane)] ? lane : into;
    }
    if (!into) {
      fail("priority", "must be one of express, standard, batch, high, normal, low");
    }
  }

  void deadline(std::optional<std::int64_t>& into) {
    if (const json::value* found = find("deadline_ms")) {
      if (!found->is_int64() || found->get_int64() < 1 || found->get_int64() > k_deadline_ms_max) {
        return fail("deadline_ms", fmt::format("must be a whole number of milliseconds, 1 to {}", k_deadline_ms_max));
      }
      into = found->get_int64();
    }
  }

  void object(std::string_view name, json::object& into) {
    if (const json::value* found = find(name)) {
      if (!found->is_object()) {
        return fail(name, "must be an object");
      }
      into = found->get_object();
    }
  }

  void fail(std::string_view name, std::string_view allowed) {
    if (!failure_) {
      failure_ = wrong(name, allowed);
    }
  }
  [[nodiscard]] const std::optional<error>& failure() const { return failure_; }

private:
  [[nodiscard]] const json::value* find(std::string_view name) const {
    const json::value* found = from_.if_contains(name);
    return found == nullptr || found->is_null() ? nullptr : found;
  }
  const json::object& from_;
  std::optional<error> failure_;
};

} // namespace

result<simple_request> read_simple(simple_kind kind, std::string_view body) {
  boost::system::error_code malformed;
  json::parse_options options;
  options.max_depth = k_depth_max;
  const json::value document = json::parse(json::string_view{body.data(), body.size()}, malformed, {}, options);
  if (malformed) {
    return make_error(error_kind::invalid_request, fmt::format("the body is not valid JSON: {}", malformed.message()));
  }
  if (!document.is_object()) {
    return make_error(error_kind::invalid_request, "the body must be a JSON object");
  }
  simple_request asked;
  field_reader fields{document.get_object()};
  std::optional<bool> stream;
  fields.text("prompt", 1, std::string::npos, asked.prompt);
  if (asked.prompt.empty()) {
    fields.fail("prompt", "must be a string that is not empty");
  }
  fields.temperature(asked.temperature);
  fields.flag("stream", stream);
  if (kind == simple_kind::inference) {
    fields.text("model_preference", 1, k_model_bytes_max, asked.model);
    fields.text("model", 1, k_model_bytes_max, asked.model);
    fields.tokens("max_tokens", asked.max_tokens);
    fields.priority(asked.lane);
    fields.deadline(asked.deadline_ms);
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

std::string as_chat_body(const simple_request& asked, std::string_view default_model) {
  json::object chat{{"model", asked.model.empty() ? default_model : std::string_view{asked.model}},
                    {"messages", json::array{json::object{{"role", "user"}, {"content", asked.prompt}}}}};
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
