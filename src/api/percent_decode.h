/// Percent-escapes in paths and queries.
///
/// Role:      /v1/models/{model} and query parameters.
/// Lifecycle: free functions.
/// Threading: reentrant.
/// Bounds:    the target's length.
/// Source:    RFC 3986 §2.1; "+" as a space in queries: WHATWG URL, application/x-www-form-urlencoded.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace inferenceflow::api {

/// Decodes %XX; what is not a valid escape stays as it is.
[[nodiscard]] std::string percent_decode(std::string_view text);

/// The first parameter of a query whose name is not among `known`, decoded, or nothing: a misspelt filter must not be
/// taken for none.
[[nodiscard]] std::optional<std::string> unknown_parameter(std::string_view query,
                                                           std::span<const std::string_view> known);

/// Value of the first parameter `name` in a query, decoded, or nothing.
[[nodiscard]] std::optional<std::string> query_value(std::string_view query, std::string_view name);

} // namespace inferenceflow::api
