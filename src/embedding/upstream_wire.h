/// OpenAI's embeddings format for one text: the request's body, and the vector in the answer.
///
/// Role:      upstream_embedder; sans-IO.
/// Lifecycle: pure functions.
/// Threading: any.
/// Bounds:    k_answer_bytes_max, k_dimensions_max.
/// Source:    OpenAI API reference, embeddings; RFC 4648 §4 for base64.
#pragma once

#include "base/error.h"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace inferenceflow::embedding {

/// Room for k_dimensions_max numbers of 24 characters, and as much again.
inline constexpr std::size_t k_answer_bytes_max = std::size_t{1} << 20U;

/// @param dimensions  0 = the model's own; the field is then left out, since not every backend knows it.
[[nodiscard]] std::string write_embedding_body(std::string_view model, std::string_view text, std::size_t dimensions);

/// Reads the one vector of an answer, as numbers or as base64 of little-endian float32, whichever was sent.
/// @param dimensions  how many there must be; 0 = any.
/// @returns the vector, L2-normalised; upstream_failed that says what is wrong: too large, no JSON, not exactly one
///          vector, another number of dimensions, values that are no finite numbers, all zero.
[[nodiscard]] result<std::vector<float>> read_embedding_answer(std::string_view body, std::size_t dimensions);

} // namespace inferenceflow::embedding
