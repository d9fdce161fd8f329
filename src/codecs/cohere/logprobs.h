/// Cohere's log probabilities ↔ those of single tokens.
///
/// Role:      answers (a list beside the message) and streams (one item beside a delta).
/// Lifecycle: free functions.
/// Threading: reentrant.
/// Bounds:    none of their own.
/// Source:    Cohere API v2 reference: LogprobItem {text, token_ids, logprobs}, where one piece of text may stand for
///            several tokens. Such a piece is read as one token whose probability is the product.
#pragma once

#include "codecs/cohere/json_out.h"
#include "dialogue/answer.h"
#include "dialogue/json_view.h"

#include <string_view>

namespace inferenceflow::codecs::cohere {

[[nodiscard]] dialogue::token_logprob read_logprob(const dialogue::json_view& item);

/// Writes one item as a value. Token ids are not known outside Cohere: the list is empty.
void write_logprob(json_out& json, std::string_view text, double logprob);

} // namespace inferenceflow::codecs::cohere
