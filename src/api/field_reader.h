/// Reads the members of a JSON object one by one and keeps the first error.
///
/// Role:      bodies of the gateway's own surfaces are read with it.
/// Lifecycle: construct on an object → text()/flag()/… → failure().
/// Threading: value; views the object, which must outlive it.
/// Bounds:    those that each call names.
///
/// A member that is absent or null leaves its target as it was. Members that nobody asks for are ignored.
#pragma once

#include "base/error.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace inferenceflow::api {

/// @returns the object that `body` is; invalid_request when it is not JSON or nested too deeply, or not an object.
[[nodiscard]] result<boost::json::object> read_object(std::string_view body);

class field_reader {
public:
  explicit field_reader(const boost::json::object& from)
      : from_(from) {}

  /// A string of `bytes_min` to `bytes_max` bytes; npos = any length.
  void text(std::string_view name, std::size_t bytes_min, std::size_t bytes_max, std::string& into);
  void flag(std::string_view name, std::optional<bool>& into);
  /// A whole number of 1 or more that fits 32 bits.
  void tokens(std::string_view name, std::optional<std::int64_t>& into);
  /// A whole number. @param allowed  what is said otherwise.
  void whole(std::string_view name, std::int64_t least, std::int64_t most, std::string_view allowed,
             std::optional<std::int64_t>& into);
  /// A number. @param allowed  what is said otherwise.
  void number(std::string_view name, double least, double most, std::string_view allowed, std::optional<double>& into);
  void object(std::string_view name, boost::json::object& into);
  /// An array that is not empty.
  void list(std::string_view name, boost::json::array& into);

  /// The member, unless it is absent or null.
  [[nodiscard]] const boost::json::value* find(std::string_view name) const;
  /// Keeps an error about a member, unless there is one already.
  void fail(std::string_view name, std::string_view allowed);
  [[nodiscard]] const std::optional<error>& failure() const noexcept { return failure_; }

private:
  const boost::json::object& from_;
  std::optional<error> failure_;
};

} // namespace inferenceflow::api
