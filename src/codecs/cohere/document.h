/// Cohere's documents ↔ document parts.
///
/// Role:      `documents` of a request, and document blocks of tool results.
/// Lifecycle: free functions.
/// Threading: reentrant.
/// Bounds:    as large as the document.
/// Source:    Cohere API v2 reference: Document {data, id}; `data` is any object, its keys are shown to the model.
///
/// A document is plain text if `data` holds nothing but "text" or "snippet" and perhaps "title" and "context", and no
/// id is given. Any other becomes a part of media type application/json whose text is the whole document, id included:
/// any model can read it, and Cohere gets the same document back.
#pragma once

#include "codecs/cohere/json_out.h"
#include "dialogue/json_view.h"
#include "dialogue/part.h"

namespace inferenceflow::codecs::cohere {

/// @param document  a string, or an object with `data`. @param cited  answers shall cite it.
[[nodiscard]] dialogue::media_part read_document(const dialogue::json_view& document, bool cited);

/// Writes {"data":…} as a value. @pre `document` is given as text.
void write_document(json_out& json, const dialogue::media_part& document);

} // namespace inferenceflow::codecs::cohere
