/// Pieces of items that requests, answers and streams write alike.
///
/// Role:      input_write, answer_write and stream_write call it.
/// Lifecycle: free functions.
/// Threading: reentrant.
/// Bounds:    none of their own.
/// Source:    SDK types ResponseOutputText.Annotation and Logprob, ResponseTextDeltaEvent.Logprob.
#pragma once

#include "codecs/openai_responses/json_out.h"
#include "dialogue/answer.h"
#include "dialogue/part.h"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace inferenceflow::codecs::openai_responses {

/// Notes what got lost, each once.
void note_loss(std::vector<std::string>& losses, std::string_view what);

/// Writes `source` as an annotation of `text`: this protocol's own as it was, a web page as url_citation, a document as
/// file_citation. Notes "citation" where that is not all of it.
/// @returns false if it names no source at all; then nothing is written.
[[nodiscard]] bool write_annotation(json_out& to, const dialogue::citation& source, std::string_view text,
                                    std::vector<std::string>& losses);

/// Elements of a `logprobs` array, without its brackets. @param whole  with bytes, as items have them and deltas do
/// not.
void write_logprobs(json_out& to, std::span<const dialogue::token_logprob> tokens, bool whole);

/// "image/png" → "png"; the whole where there is no slash.
[[nodiscard]] std::string_view subtype_of(std::string_view media_type) noexcept;

} // namespace inferenceflow::codecs::openai_responses
