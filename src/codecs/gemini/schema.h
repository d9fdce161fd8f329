/// Gemini's Schema (a subset of OpenAPI 3.0) as JSON Schema.
///
/// Role:      `parameters` and `responseSchema` of requests; the superset knows JSON Schema only. Writers need no way
///            back: they use parametersJsonSchema and responseJsonSchema.
/// Lifecycle: free function.
/// Threading: reentrant.
/// Bounds:    nesting ≤ dialogue::k_json_depth_max.
/// Source:    Gemini API reference, "Schema"; recorded requests: types in capitals, in small letters and as numbers.
#pragma once

#include <string>
#include <string_view>

namespace inferenceflow::codecs::gemini {

/// Types in small letters, `nullable` as a type or alternative "null", counts as numbers, properties in the order that
/// propertyOrdering asks for. What it does not know stays as it is, so JSON Schema passes unchanged.
/// @param schema  valid JSON text; empty or anything but an object comes back as it is.
[[nodiscard]] std::string json_schema_text(std::string_view schema);

} // namespace inferenceflow::codecs::gemini
