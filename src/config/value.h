/// Text to typed value and back, by the rules of the settings table.
///
/// Role:      the loader parses scalars and environment variables with it; diff and the README's table print with it.
/// Lifecycle: free functions.
/// Threading: reentrant.
/// Bounds:    numbers are bounded by setting::min and setting::max.
#pragma once

#include "config/setting_table.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace inferenceflow::config {

/// Parses `text` for `row` and stores it in `object`.
/// @returns nullopt when stored; else what is wrong ("out of range", "not an integer", …), the object unchanged.
[[nodiscard]] std::optional<std::string> parse_value(const setting& row, std::string_view text, void* object);

/// The value as one would write it in YAML, e.g. 32MiB, 10s, auto, [a, b].
[[nodiscard]] std::string format_value(const setting& row, void* object);

/// `amount` in the unit of `kind`, with the largest unit that divides it: 33554432 bytes → 32MiB.
[[nodiscard]] std::string format_quantity(value_kind kind, std::uint64_t amount);

/// US dollars with at most nine decimals to nano-dollars; nullopt when it is not such a number.
[[nodiscard]] std::optional<std::int64_t> parse_nano_usd(std::string_view text);

} // namespace inferenceflow::config
