/// TGI's tokens, ends and counts → the superset.
///
/// Role:      readers of answers and of streams.
/// Lifecycle: free functions.
/// Threading: reentrant.
/// Bounds:    counts are clamped to [0, cost::k_tokens_max].
/// Source:    text-generation-inference, router: Token, FinishReason, Details, StreamDetails.
#pragma once

#include "cost/usage.h"
#include "dialogue/answer.h"
#include "dialogue/json_view.h"

#include <optional>
#include <string_view>

namespace inferenceflow::codecs::tgi {

/// A token as its probability. @param top  the likelier ones at its place; absent if none were asked for.
[[nodiscard]] dialogue::token_logprob read_token(const dialogue::json_view& token, const dialogue::json_view& top);

/// @param ours  the text ended with the template's marker: what stopped it was none of the caller's sequences.
[[nodiscard]] dialogue::finish finish_of(std::string_view reason, bool ours) noexcept;

/// @returns nothing unless both counts are known.
[[nodiscard]] std::optional<cost::token_usage> usage_of(std::optional<std::int64_t> prompt,
                                                        std::optional<std::int64_t> generated) noexcept;

} // namespace inferenceflow::codecs::tgi
