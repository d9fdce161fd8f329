/// Whether an answer has the form that was asked for: a JSON object, or what a JSON schema describes.
///
/// Role:      pipeline asks it where a request wants response_format; the verdict is a signal of trust.
/// Lifecycle: read the schema once per request → fits() for each answer.
/// Threading: immutable after it was read.
/// Bounds:    k_schema_bytes_max, k_answer_bytes_max, k_json_depth_max of nesting, k_checks_max comparisons per answer.
/// Source:    JSON Schema 2020-12, validation vocabulary; docs/adr/0029-json-shapes-of-our-own.md
///
/// Judged are: type, enum, const, properties, required, additionalProperties, items, prefixItems, minItems, maxItems,
/// minLength, maxLength, minimum, maximum, exclusiveMinimum, exclusiveMaximum, anyOf, oneOf, allOf, not, and $ref into
/// the schema itself. Other words (pattern, format, if, …) are passed over, so `yes` means: nothing that is judged is
/// broken.
#pragma once

#include "base/error.h"

#include <boost/json/value.hpp>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace inferenceflow::escalation {

inline constexpr std::size_t k_schema_bytes_max = 256 * 1024;
inline constexpr std::size_t k_shaped_answer_bytes_max = 1024 * 1024;
inline constexpr std::size_t k_json_depth_max = 32;
inline constexpr std::size_t k_checks_max = 200'000;

enum class fit : std::uint8_t {
  yes,
  no,
  unjudged, ///< too large, or the schema takes more than k_checks_max comparisons
};

class json_shape {
public:
  /// Any JSON object: response_format {"type": "json_object"}.
  [[nodiscard]] static json_shape any_object();

  /// @param schema  JSON text of a schema: an object or a boolean.
  /// @returns error::invalid_request (param "json_schema")  malformed, too large, too deep
  [[nodiscard]] static result<json_shape> of_schema(std::string_view schema);

  /// @param answer  the whole text of the answer. White space around the document is allowed, a fence of Markdown
  /// around it
  ///                is not: whoever asked for JSON will parse it.
  [[nodiscard]] fit fits(std::string_view answer) const;

private:
  explicit json_shape(boost::json::value schema);
  boost::json::value schema_;
};

} // namespace inferenceflow::escalation
