/// embedContent and batchEmbedContents, requests and answers, both ways.
///
/// Role:      whoever serves or asks for embeddings in Gemini's protocol; no superset has them.
/// Lifecycle: free functions over plain values.
/// Threading: reentrant.
/// Bounds:    k_inputs_max inputs.
/// Source:    Gemini API reference, "Embedding"; recorded requests and answers of the Gemini API and Vertex AI.
#pragma once

#include "base/error.h"
#include "dialogue/codec.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace inferenceflow::codecs::gemini {

inline constexpr std::size_t k_inputs_max = 2048;

struct embedding_request {
  std::string model = {};
  std::vector<std::string> inputs = {};
  std::optional<std::int64_t> dimensions = {};
  std::string task = {}; ///< Gemini's taskType, e.g. "RETRIEVAL_QUERY"; empty = not said
  bool batch = false;    ///< batchEmbedContents: the answer is a list even for one input
  friend bool operator==(const embedding_request&, const embedding_request&) = default;
};

struct embedding_answer {
  std::vector<std::vector<float>> vectors = {};
  std::optional<std::int64_t> tokens = {};
  friend bool operator==(const embedding_answer&, const embedding_answer&) = default;
};

/// @returns not_found for another method; invalid_request naming the field, also where the inputs of a batch differ in
/// what they ask for, or are no text.
[[nodiscard]] result<embedding_request> read_embedding_request(std::string_view body,
                                                               const dialogue::request_target& target);
/// One input without `batch` uses embedContent, everything else batchEmbedContents.
/// @param model  see path_for().
[[nodiscard]] dialogue::written_request write_embedding_request(const embedding_request& asked, std::string_view model);

/// Takes the answers of both methods. @returns upstream_failed when it is neither.
[[nodiscard]] result<embedding_answer> read_embedding_answer(std::string_view body);
/// @param batch  as in the request; without it the first vector is the answer.
[[nodiscard]] std::string write_embedding_answer(const embedding_answer& got, bool batch);

} // namespace inferenceflow::codecs::gemini
