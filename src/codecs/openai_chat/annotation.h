/// Citations as OpenAI's annotations.
///
/// Role:      answers and streams, both ways.
/// Lifecycle: free functions.
/// Threading: reentrant.
/// Bounds:    none.
/// Source:    OpenAI API reference, "message.annotations" (url_citation); OpenRouter adds `content`, and 0 to 0 where
/// it
///            does not know the place.
#pragma once

#include "codecs/openai_chat/json_out.h"
#include "codecs/openai_chat/text_ruler.h"
#include "dialogue/json_view.h"
#include "dialogue/part.h"

#include <optional>

namespace inferenceflow::codecs::openai_chat {

/// @param said  the text up to here, which the annotation's characters count in.
/// @returns nothing for an annotation that is no url_citation.
[[nodiscard]] std::optional<dialogue::citation> read_annotation(const dialogue::json_view& annotation,
                                                                const text_ruler& said);

/// Only a citation of a URL has a form here.
[[nodiscard]] inline bool fits_annotation(const dialogue::citation& source) {
  return !source.url.empty();
}

/// @param part_begin  byte of `said` at which the part begins that carries the citation.
void write_annotation(json_out& out, const dialogue::citation& source, const text_ruler& said, std::int64_t part_begin);

} // namespace inferenceflow::codecs::openai_chat
