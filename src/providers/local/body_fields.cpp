#include "providers/local/body_fields.h"

#include <boost/json/parse.hpp>
#include <fmt/format.h>
#include <utility>

namespace inferenceflow::providers::local {
namespace {

constexpr std::size_t k_depth_max = 64;

error wrong_type(std::string name, std::string_view expected) {
  auto message = fmt::format("'{}' must be {}", name, expected);
  return bad_field(std::move(name), std::move(message));
}

} // namespace

error bad_field(std::string param, std::string message) {
  return make_error(error_kind::invalid_request, std::move(message), std::move(param));
}

result<boost::json::object> parse_body(std::string_view body) {
  boost::json::parse_options options;
  options.max_depth = k_depth_max;
  boost::system::error_code failed;
  auto document = boost::json::parse({body.data(), body.size()}, failed, {}, options);
  if (failed) {
    return bad_field({}, fmt::format("the body is not valid JSON: {}", failed.message()));
  }
  if (!document.is_object()) {
    return bad_field({}, "the body must be a JSON object");
  }
  return std::move(document.get_object());
}

const boost::json::value* body_fields::find(std::string_view name) const {
  const auto* value = object_.if_contains({name.data(), name.size()});
  return value == nullptr || value->is_null() ? nullptr : value;
}

result<std::optional<double>> body_fields::number(std::string_view name, double min, double max) const {
  const auto* value = find(name);
  if (value == nullptr) {
    return std::optional<double>();
  }
  if (!value->is_number()) {
    return wrong_type(full_name(name), "a number");
  }
  const auto number = value->to_number<double>();
  if (!(number >= min && number <= max)) {
    return bad_field(full_name(name),
                     fmt::format("'{}' is {}, it must be from {} to {}", full_name(name), number, min, max));
  }
  return std::optional(number);
}

result<std::optional<std::int64_t>> body_fields::integer(std::string_view name, std::int64_t min,
                                                         std::int64_t max) const {
  const auto* value = find(name);
  if (value == nullptr) {
    return std::optional<std::int64_t>();
  }
  boost::system::error_code inexact;
  const auto integer = value->is_number() ? value->to_number<std::int64_t>(inexact) : 0;
  if (!value->is_number() || (inexact && value->is_double())) {
    return wrong_type(full_name(name), "an integer");
  }
  if (inexact || integer < min || integer > max) {
    return bad_field(full_name(name), fmt::format("'{}' must be from {} to {}", full_name(name), min, max));
  }
  return std::optional(integer);
}

result<std::optional<bool>> body_fields::boolean(std::string_view name) const {
  const auto* value = find(name);
  if (value == nullptr) {
    return std::optional<bool>();
  }
  if (!value->is_bool()) {
    return wrong_type(full_name(name), "true or false");
  }
  return std::optional(value->get_bool());
}

result<std::optional<std::string_view>> body_fields::text(std::string_view name) const {
  const auto* value = find(name);
  if (value == nullptr) {
    return std::optional<std::string_view>();
  }
  if (!value->is_string()) {
    return wrong_type(full_name(name), "a string");
  }
  const auto& string = value->get_string();
  return std::optional(std::string_view(string.data(), string.size()));
}

result<const boost::json::object*> body_fields::object(std::string_view name) const {
  const auto* value = find(name);
  if (value == nullptr) {
    return nullptr;
  }
  if (!value->is_object()) {
    return wrong_type(full_name(name), "an object");
  }
  return &value->get_object();
}

} // namespace inferenceflow::providers::local
