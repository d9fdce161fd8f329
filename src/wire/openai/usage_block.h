/// The `usage` object of an answer, in OpenAI's spelling and its dialects, as disjoint token counts.
///
/// Role:      answer_walk meets one in a plain answer or in a stream's chunk.
/// Lifecycle: free function.
/// Threading: reentrant.
/// Bounds:    counts are clamped to [0, cost::k_tokens_max]; a part never exceeds the whole it is part of.
/// Source:    OpenAI API reference, "The chat completion object" (usage: prompt_tokens includes cached_tokens and
///            cache_write_tokens, completion_tokens includes reasoning_tokens); DeepSeek (prompt_cache_hit_tokens);
///            Mistral (num_cached_tokens); Together (cached_tokens); OpenRouter (cache_write_tokens); xAI (total_tokens
///            = prompt + completion + reasoning: there completion_tokens leaves reasoning out); OpenAI Responses names
///            (input_tokens, output_tokens); Voyage (total_tokens alone). Read 2026-11.
#pragma once

#include "cost/usage.h"
#include "wire/json/reader.h"

#include <optional>

namespace inferenceflow::wire::openai {

/// Reads a usage value of any JSON type.
/// @param out  set if it is an object that holds at least one count; else left as it is.
/// @returns false on a JSON fault.
[[nodiscard]] bool read_usage(json::reader& in, std::optional<cost::token_usage>& out);

} // namespace inferenceflow::wire::openai
