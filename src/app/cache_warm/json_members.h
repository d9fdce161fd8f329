/// The members of a JSON object as they are written, so that a request can be changed without writing its numbers anew:
/// 0.10 must stay 0.10, or it would be another request.
///
/// Role:      warm_line takes `stream` out and puts `model` in.
/// Lifecycle: pure functions.
/// Threading: reentrant.
/// Bounds:    linear in the text.
/// Source:    RFC 8259.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace inferenceflow::app::cache_warm {

struct raw_member {
  std::string_view key;   ///< between its quotes, escapes as they are
  std::string_view value; ///< without whitespace around
};

/// @param object  text of a valid JSON object, and nothing around it but whitespace: the caller has parsed it.
/// Lifetime: the views point into it.
[[nodiscard]] std::vector<raw_member> members_of(std::string_view object);

/// The object of these members, in order.
[[nodiscard]] std::string object_of(const std::vector<raw_member>& members);

} // namespace inferenceflow::app::cache_warm
