/// OpenAI's embeddings ↔ those of Gemini and Cohere.
///
/// Role:      translating_provider asks for it where a backend speaks one of the two.
/// Lifecycle: free functions over values.
/// Threading: reentrant.
/// Bounds:    k_gemini_inputs_max and k_cohere_inputs_max texts, as the providers say.
/// Source:    OpenAI API reference, "Create embeddings"; Gemini API reference, "batchEmbedContents"; Cohere API v2
///            reference, "Embed": at most 96 texts.
#pragma once

#include "base/error.h"
#include "dialogue/codec.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace inferenceflow::providers::translation {

inline constexpr std::size_t k_gemini_inputs_max = 100;
inline constexpr std::size_t k_cohere_inputs_max = 96;

/// What an OpenAI client asks for.
struct embedding_wish {
  std::vector<std::string> inputs;
  std::optional<std::int64_t> dimensions;
  bool base64 = false; ///< vectors as base64 of little-endian float32
};

struct embedding_result {
  std::string body;                   ///< OpenAI's document
  std::optional<std::int64_t> tokens; ///< as the backend reported them
};

[[nodiscard]] bool has_embeddings(dialogue::protocol spoken) noexcept;

/// @returns invalid_request naming the field: token arrays, which only the model's own tokenizer understands, empty
/// texts, unknown formats.
[[nodiscard]] result<embedding_wish> read_wish(std::string_view body);

/// @param spoken  has_embeddings().
/// @returns invalid_request when there are more inputs than the backend takes.
[[nodiscard]] result<dialogue::written_request> write_wish(const embedding_wish& wish, dialogue::protocol spoken,
                                                           std::string_view model);

/// @param body    the backend's answer.
/// @param model   what the client asked for.
/// @param tokens  what usage says when the backend does not.
/// @returns upstream_failed when it is no answer, or holds another number of vectors than there were inputs.
[[nodiscard]] result<embedding_result> translate_answer(std::string_view body, dialogue::protocol spoken,
                                                        const embedding_wish& wish, std::string_view model,
                                                        std::int64_t tokens);

} // namespace inferenceflow::providers::translation
