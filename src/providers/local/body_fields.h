/// Reads typed fields of a request body and says what is wrong with one.
///
/// Role:      text_request and embedding_request; the wire format's own checks in one place.
/// Lifecycle: a view; the object outlives it.
/// Threading: value; no shared state.
/// Bounds:    none of its own; the gateway bounds the body.
#pragma once

#include "base/error.h"

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace inferenceflow::providers::local {

/// invalid_request naming `param`.
[[nodiscard]] error bad_field(std::string param, std::string message);

/// Parses a body. @returns invalid_request when it is not a JSON object.
[[nodiscard]] result<boost::json::object> parse_body(std::string_view body);

class body_fields {
public:
  /// @param prefix  put before names in messages, e.g. "stream_options.".
  explicit body_fields(const boost::json::object& object, std::string prefix = {})
      : object_(object)
      , prefix_(std::move(prefix)) {}

  /// The value, or null when the field is absent or JSON null.
  [[nodiscard]] const boost::json::value* find(std::string_view name) const;

  /// Each returns nothing when the field is absent or null, invalid_request when it is of another type or out of range.
  [[nodiscard]] result<std::optional<double>> number(std::string_view name, double min, double max) const;
  [[nodiscard]] result<std::optional<std::int64_t>> integer(std::string_view name, std::int64_t min,
                                                            std::int64_t max) const;
  [[nodiscard]] result<std::optional<bool>> boolean(std::string_view name) const;
  [[nodiscard]] result<std::optional<std::string_view>> text(std::string_view name) const;
  [[nodiscard]] result<const boost::json::object*> object(std::string_view name) const;

  [[nodiscard]] std::string full_name(std::string_view name) const { return prefix_ + std::string(name); }

private:
  const boost::json::object& object_;
  std::string prefix_;
};

} // namespace inferenceflow::providers::local
