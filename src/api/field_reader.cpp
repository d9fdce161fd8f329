#include "api/field_reader.h"

#include <boost/json/parse.hpp>
#include <fmt/format.h>
#include <limits>
#include <utility>

namespace inferenceflow::api {

namespace json = boost::json;

namespace {

constexpr std::size_t k_depth_max = 32;

} // namespace

result<json::object> read_object(std::string_view body) {
  boost::system::error_code malformed;
  json::parse_options options;
  options.max_depth = k_depth_max;
  json::value document = json::parse(json::string_view{body.data(), body.size()}, malformed, {}, options);
  if (malformed) {
    return make_error(error_kind::invalid_request, fmt::format("the body is not valid JSON: {}", malformed.message()));
  }
  if (!document.is_object()) {
    return make_error(error_kind::invalid_request, "the body must be a JSON object");
  }
  return std::move(document.get_object());
}

const json::value* field_reader::find(std::string_view name) const {
  const json::value* found = from_.if_contains(name);
  return found == nullptr || found->is_null() ? nullptr : found;
}

void field_reader::fail(std::string_view name, std::string_view allowed) {
  if (!failure_) {
    failure_ = make_error(error_kind::invalid_request, fmt::format("{}: {}", name, allowed), std::string{name});
  }
}

void field_reader::text(std::string_view name, std::size_t bytes_min, std::size_t bytes_max, std::string& into) {
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

void field_reader::flag(std::string_view name, std::optional<bool>& into) {
  if (const json::value* found = find(name)) {
    if (!found->is_bool()) {
      return fail(name, "must be true or false");
    }
    into = found->get_bool();
  }
}

void field_reader::tokens(std::string_view name, std::optional<std::int64_t>& into) {
  whole(name, 1, std::numeric_limits<std::int32_t>::max(), "must be an integer of at least 1", into);
}

void field_reader::whole(std::string_view name, std::int64_t least, std::int64_t most, std::string_view allowed,
                         std::optional<std::int64_t>& into) {
  if (const json::value* found = find(name)) {
    if (!found->is_int64() || found->get_int64() < least || found->get_int64() > most) {
      return fail(name, allowed);
    }
    into = found->get_int64();
  }
}

void field_reader::number(std::string_view name, double least, double most, std::string_view allowed,
                          std::optional<double>& into) {
  if (const json::value* found = find(name)) {
    const bool is_number = found->is_number();
    const double value = is_number ? found->to_number<double>() : 0;
    if (!is_number || !(value >= least && value <= most)) {
      return fail(name, allowed);
    }
    into = value;
  }
}

void field_reader::object(std::string_view name, json::object& into) {
  if (const json::value* found = find(name)) {
    if (!found->is_object()) {
      return fail(name, "must be an object");
    }
    into = found->get_object();
  }
}

void field_reader::list(std::string_view name, json::array& into) {
  if (const json::value* found = find(name)) {
    if (!found->is_array() || found->get_array().empty()) {
      return fail(name, "must be an array that is not empty");
    }
    into = found->get_array();
  }
}

} // namespace inferenceflow::api
