/// The same JSON document in other words: members reversed, white space, escapes.
///
/// Role:      fuzz targets that claim "spelling does not matter".
/// Lifecycle: a free function.
/// Threading: reentrant.
/// Bounds:    recursion as deep as the document, which the caller has already found to be bounded.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace inferenceflow::fuzz {

/// @param document  valid JSON; anything else aborts.
/// @param members   set to the number of object members in it, duplicates counted; may be null.
[[nodiscard]] std::string respelled(std::string_view document, std::size_t* members = nullptr);

} // namespace inferenceflow::fuzz
