/// Turns a JSON schema into the grammar that generation is held to.
///
/// Role:      generator calls it when a job carries a schema.
/// Lifecycle: pure function.
/// Threading: any.
/// Bounds:    k_schema_bytes_max of schema, k_grammar_bytes_max of grammar.
/// Source:    llama.cpp's json_schema_to_grammar.
#pragma once

#include "base/error.h"

#include <cstddef>
#include <string>

namespace inferenceflow::engine {

inline constexpr std::size_t k_schema_bytes_max = 256 * 1024;
inline constexpr std::size_t k_grammar_bytes_max = 1024 * 1024;

/// @param schema  JSON text.
/// @returns GBNF with the start symbol "root".
/// @returns invalid_request (param "json_schema") when the schema is malformed, too large, or uses what is not
/// supported.
[[nodiscard]] result<std::string> grammar_of_schema(const std::string& schema);

} // namespace inferenceflow::engine
