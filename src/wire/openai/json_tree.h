/// JSON as a tree, for the few places that rewrite a whole document (stream_assembly, stream_replay).
///
/// Role:      one spelling of how Boost.JSON is called here: errors as values, our nesting bound.
/// Lifecycle: free functions.
/// Threading: reentrant.
/// Bounds:    nesting ≤ json::k_depth_max.
#pragma once

#include <boost/json.hpp>
#include <cstdint>
#include <optional>
#include <string_view>

namespace inferenceflow::wire::openai::json_tree {

/// @returns nothing if `text` is not one well-formed JSON object.
[[nodiscard]] std::optional<boost::json::object> parse_object(std::string_view text);

/// The integer called `key`, if it is one that fits.
[[nodiscard]] std::optional<std::int64_t> integer(const boost::json::object& object, std::string_view key);

} // namespace inferenceflow::wire::openai::json_tree
