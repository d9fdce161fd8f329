#include "engine/schema_grammar.h"

#include <common/json-schema-to-grammar.h>
#include <common/json.h>
#include <exception>
#include <fmt/format.h>

namespace inferenceflow::engine {

result<std::string> grammar_of_schema(const std::string& schema) {
  if (schema.size() > k_schema_bytes_max) {
    return make_error(error_kind::invalid_request,
                      fmt::format("the schema has {} bytes, at most {} are allowed", schema.size(), k_schema_bytes_max),
                      "json_schema");
  }
  try {
    auto grammar = json_schema_to_grammar(common_json::parse(schema), true);
    if (grammar.size() > k_grammar_bytes_max) {
      return make_error(error_kind::invalid_request, "the schema leads to a grammar that is too large", "json_schema");
    }
    return grammar;
  } catch (const std::exception& failure) {
    return make_error(error_kind::invalid_request, fmt::format("the schema cannot be used: {}", failure.what()),
                      "json_schema");
  }
}

} // namespace inferenceflow::engine
