/// JSON numbers with one value for every spelling of the same number.
///
/// Role:      reader::read_number() and the canonical hash; 1, 1.0 and 10e-1 read alike.
/// Lifecycle: plain value; `digits` points into the document.
/// Threading: value.
/// Bounds:    beyond the range of a double: refused.
/// Source:    RFC 8259 §6; integral doubles below 2^53 are exact (IEEE 754).
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace inferenceflow::wire::json {

enum class number_kind : std::uint8_t {
  integer,     ///< sign and 64-bit magnitude, exact; every integral value below 2^53 whatever its spelling
  big_integer, ///< an integer literal with a larger magnitude; `digits` holds it exactly
  real,        ///< anything else; `value` is the nearest double
};

struct number {
  number_kind kind = number_kind::integer;
  bool negative = false;       ///< never set for zero
  std::uint64_t magnitude = 0; ///< kind integer
  double value = 0;            ///< every kind, rounded where it must be
  std::string_view digits;     ///< the literal

  /// The value as int64, if it is an integer that fits.
  [[nodiscard]] std::optional<std::int64_t> as_int64() const noexcept;
};

/// Parses a whole literal.
/// @param literal  exactly the number, nothing around it.
/// @param what     set to static text on failure.
[[nodiscard]] bool parse_number(std::string_view literal, number& out, std::string_view& what);

} // namespace inferenceflow::wire::json
