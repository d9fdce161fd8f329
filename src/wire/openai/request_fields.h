/// The top-level request fields that the scan knows: what each must hold and what it means.
///
/// Role:      request_scan looks every top-level key up here; a field that is not listed is hashed and passed on.
/// Lifecycle: compile-time table.
/// Threading: constant.
/// Bounds:    at most 32 fields (one bit each marks what was seen).
/// Source:    OpenAI API reference, "Create chat completion", "Create completion", "Create embeddings".
#pragma once

#include "wire/openai/request_scan.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace inferenceflow::wire::openai {

enum class field_type : std::uint8_t {
  boolean,
  integer, ///< within [min, max]
  number,  ///< within [min, max]
  string,
  strings, ///< a string or an array of strings
  object,
  array,
  any,
  messages,
  text_or_tokens, ///< string, array of strings, array of token ids, array of arrays of token ids
  stream_options,
};

/// Which fact a field sets.
enum class field_fact : std::uint8_t {
  none,
  model,
  stream,
  temperature,
  seed,
  max_tokens,
  max_completion_tokens,
  choices,
  user,
  service_tier,
  prompt,
  tools,
};

struct request_field {
  std::string_view name;
  field_type type = field_type::any;
  field_fact fact = field_fact::none;
  bool hashed = true; ///< changes the answer
  double min = 0;
  double max = 0;
  std::uint8_t operations = 0; ///< bit per operation that gives the field this meaning
};

/// The field called `key` in a request of kind `op`; nullptr if the scan has no rule for it.
[[nodiscard]] const request_field* find_field(operation op, std::string_view key) noexcept;

/// Its bit in a set of seen fields.
[[nodiscard]] std::uint32_t field_bit(const request_field& field) noexcept;

/// What the field must hold, e.g. "must be an integer from 1 to 128".
[[nodiscard]] std::string describe(const request_field& field);

} // namespace inferenceflow::wire::openai
