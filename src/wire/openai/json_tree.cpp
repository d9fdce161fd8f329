#include "wire/openai/json_tree.h"

#include "wire/json/reader.h"

#include <limits>

namespace inferenceflow::wire::openai::json_tree {

std::optional<boost::json::object> parse_object(std::string_view text) {
  boost::json::parse_options options;
  options.max_depth = json::k_depth_max;
  boost::json::error_code failure;
  boost::json::value value = boost::json::parse(text, failure, {}, options);
  if (failure || !value.is_object()) {
    return std::nullopt;
  }
  return std::move(value.get_object());
}

std::optional<std::int64_t> integer(const boost::json::object& object, std::string_view key) {
  const boost::json::value* const value = object.if_contains(key);
  if (value == nullptr) {
    return std::nullopt;
  }
  if (value->is_int64()) {
    return value->get_int64();
  }
  constexpr auto k_max = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  if (value->is_uint64() && value->get_uint64() <= k_max) {
    return static_cast<std::int64_t>(value->get_uint64());
  }
  return std::nullopt;
}

} // namespace inferenceflow::wire::openai::json_tree
