/// The `usage` object over dialogue/: read by wire/openai's rules, written as OpenAI writes it.
///
/// Role:      answers and streams, both ways. Reading hands the object to wire::openai::read_usage, so that the ledger
///            and a translated answer can never count differently.
/// Lifecycle: free functions.
/// Threading: reentrant.
/// Bounds:    counts are clamped as usage_block.h says.
/// Source:    wire/openai/usage_block.h.
#pragma once

#include "codecs/openai_chat/json_out.h"
#include "cost/usage.h"
#include "dialogue/json_view.h"

#include <optional>

namespace inferenceflow::codecs::openai_chat {

/// Usage of an answer or chunk: its `usage`, else Groq's `x_groq.usage`. @returns nothing if it holds no count.
[[nodiscard]] std::optional<cost::token_usage> read_usage(const dialogue::json_view& document);

/// Writes the object: prompt and completion totals with what is in them.
void write_usage(json_out& out, const cost::token_usage& usage);

} // namespace inferenceflow::codecs::openai_chat
