/// Converse's `usage`.
///
/// Role:      readers and writers of answers and streams.
/// Lifecycle: free functions.
/// Threading: reentrant.
/// Bounds:    counts are clamped to [0, cost::k_tokens_max].
/// Source:    Bedrock User Guide, "Prompt caching": inputTokens leaves out what was read from and written to the cache,
///            totalTokens = inputTokens + cacheReadInputTokens + cacheWriteInputTokens + outputTokens; recorded answers
///            with both kinds of cache tokens agree. outputTokens includes reasoning, which no field tells apart.
#pragma once

#include "codecs/bedrock/json_out.h"
#include "cost/usage.h"
#include "dialogue/json_view.h"

#include <optional>

namespace inferenceflow::codecs::bedrock {

/// Nothing when the block is absent or holds no count. A block whose total shows that inputTokens includes the cached
/// ones is read so.
[[nodiscard]] std::optional<cost::token_usage> read_usage(const dialogue::json_view& usage);

/// Writes the `usage` object; zeros for nothing: clients read it without asking whether it is there.
void write_usage(const std::optional<cost::token_usage>& usage, json_out& out);

} // namespace inferenceflow::codecs::bedrock
