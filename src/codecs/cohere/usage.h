/// Cohere's usage block ↔ disjoint token counts.
///
/// Role:      answers and the last event of a stream.
/// Lifecycle: free functions.
/// Threading: reentrant.
/// Bounds:    counts are clamped to [0, cost::k_tokens_max].
/// Source:    Cohere API v2 reference (Usage: billed_units, tokens, cached_tokens = "prompt tokens that hit the
/// inference
///            cache"); Cohere documentation, "How does Cohere's pricing work": billed_units are what is paid for,
///            tokens count the words that Cohere adds to the prompt too.
///
/// billed_units are the counts; `tokens` only stand in where they are missing (private deployments). cached_tokens are
/// a part of tokens.input_tokens, not of what is billed, so they may exceed it: of them, as many as must be billed ones
/// are called cached (cached_tokens less the unbilled part of the prompt), the rest of the billed input is fresh. The
/// sum stays what Cohere bills. Thinking is part of the output and not counted apart.
#pragma once

#include "codecs/cohere/json_out.h"
#include "cost/usage.h"
#include "dialogue/json_view.h"

#include <optional>

namespace inferenceflow::codecs::cohere {

/// @param block  the `usage` object, or absent. @returns nothing without a single count.
[[nodiscard]] std::optional<cost::token_usage> read_usage(const dialogue::json_view& block);

/// Writes the `usage` object as a value. What was written to a cache counts as input, reasoning as output.
void write_usage(json_out& json, const cost::token_usage& usage);

} // namespace inferenceflow::codecs::cohere
