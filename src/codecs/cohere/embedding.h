/// Cohere's v2 embeddings ↔ plain structs.
///
/// Role:      embeddings have no superset: a text goes in and a vector comes out, in every protocol.
/// Lifecycle: free functions over values.
/// Threading: reentrant.
/// Bounds:    as large as the documents.
/// Source:    Cohere API v2 reference, "Embed": POST /v2/embed; the official Python SDK's EmbedByTypeResponse; recorded
///            requests and answers.
///
/// Texts and float vectors only: images, and other forms of vectors (int8, binary, base64), are refused by name.
#pragma once

#include "base/error.h"
#include "dialogue/codec.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace inferenceflow::codecs::cohere {

struct embedding_request {
  std::string model = {};
  std::vector<std::string> inputs = {};
  std::optional<std::int64_t> dimensions = {};
  std::string input_type = {}; ///< "search_document", "search_query", "classification", "clustering"; empty = not said
  friend bool operator==(const embedding_request&, const embedding_request&) = default;
};

struct embedding_answer {
  std::string id = {};
  std::vector<std::vector<float>> vectors = {}; ///< one for each input, in order
  std::optional<std::int64_t> tokens = {};      ///< billed
  friend bool operator==(const embedding_answer&, const embedding_answer&) = default;
};

/// A client's body. @returns invalid_request naming the field.
[[nodiscard]] result<embedding_request> read_embedding_request(std::string_view body);

/// @param model  Cohere's name for the model. A text that is too long shall be an error, not be cut; without an
///               input_type the texts are documents.
/// @returns invalid_request if there are no inputs.
[[nodiscard]] result<dialogue::written_request> write_embedding_request(const embedding_request& asked,
                                                                        std::string_view model);

/// @returns upstream_failed when the document is no answer.
[[nodiscard]] result<embedding_answer> read_embedding_answer(std::string_view body);

/// @param asked  what the client sent: Cohere repeats the texts.
[[nodiscard]] std::string write_embedding_answer(const embedding_answer& got, const embedding_request& asked);

} // namespace inferenceflow::codecs::cohere
