/// Gemini's words for how an answer ends, and its token counts, as the superset's and back.
///
/// Role:      chunk_read, answer_write, stream_write.
/// Lifecycle: free functions.
/// Threading: reentrant.
/// Bounds:    counts are clamped to [0, cost::k_tokens_max].
/// Source:    Gemini API reference, "FinishReason", "UsageMetadata"; Vertex AI's numbers of the enum; recorded answers:
///            total = prompt + tool use prompt + candidates + thoughts, and prompt includes the cached tokens.
#pragma once

#include "codecs/gemini/json_out.h"
#include "cost/usage.h"
#include "dialogue/answer.h"
#include "dialogue/json_view.h"

#include <optional>
#include <string_view>

namespace inferenceflow::codecs::gemini {

/// @param reason  a name or, from clients that ask for enum-encoding=int, a number; absent = none.
[[nodiscard]] dialogue::finish finish_from(const dialogue::json_view& reason);
/// @returns Gemini's name; empty for none.
[[nodiscard]] std::string_view finish_name(dialogue::finish reason) noexcept;

/// @returns nothing when it holds no count: the first events of a Vertex stream tell only the kind of traffic.
[[nodiscard]] std::optional<cost::token_usage> read_usage(const dialogue::json_view& usage);
/// Appends the object usageMetadata.
/// @param service_tier  left out when empty.
void write_usage(json_out& out, const cost::token_usage& usage, std::string_view service_tier);

} // namespace inferenceflow::codecs::gemini
