/// Small pieces of JSON text that Boost.JSON cannot write as we want them.
///
/// Role:      reports and simple replies: money as exact decimals, time as RFC 3339.
/// Lifecycle: free functions.
/// Threading: reentrant.
/// Bounds:    none.
/// Source:    RFC 8259 §6, RFC 3339 §5.6.
#pragma once

#include "base/clock.h"
#include "cost/usage.h"
#include "wire/json/text.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace inferenceflow::api {

/// A quoted, escaped JSON string; bytes that are not UTF-8 become U+FFFD.
[[nodiscard]] inline std::string json_string(std::string_view text) {
  std::string quoted{'"'};
  wire::json::append_escaped(quoted, text);
  quoted.push_back('"');
  return quoted;
}

/// "2026-01-05T09:30:00Z" in quotes, or null for the ends of time.
[[nodiscard]] std::string json_time(std::int64_t unix_ms);

/// The disjoint parts and their sum, as an object.
[[nodiscard]] std::string json_tokens(const cost::token_usage& usage);

} // namespace inferenceflow::api
