/// The system prompt and the turns of a request, written.
///
/// Role:      request_write, after the tools.
/// Lifecycle: free functions.
/// Threading: reentrant.
/// Bounds:    as large as what is written.
/// Source:    Claude API docs, "Messages", "Tool use", "Mid-conversation system messages", read 2026-11.
///
/// Leading system messages become `system`. A later one stays where it is: as a system turn where the model takes one
/// there (behind a user turn), else as user text, which is a loss. Tool messages and the user messages beside them are
/// one user turn, since the API wants all results of a turn together.
#pragma once

#include "codecs/anthropic/json_text.h"
#include "codecs/anthropic/loss_list.h"
#include "codecs/anthropic/model_traits.h"
#include "dialogue/request.h"

namespace inferenceflow::codecs::anthropic {

/// Writes `"system":…` if there is one, and `"messages":[…]`.
void write_messages(json_writer& out, const dialogue::request& asked, const model_traits& traits, loss_list& losses);

/// True for a part that write_messages leaves out: thoughts that another provider made, or that nobody signed.
[[nodiscard]] bool is_foreign_thought(const dialogue::reasoning_part& thought) noexcept;

} // namespace inferenceflow::codecs::anthropic
