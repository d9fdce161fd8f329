/// The words of a complete answer in any protocol.
///
/// Role:      whoever judges whether two answers say the same (the semantic cache's explorations, off the hot path).
/// Lifecycle: free functions.
/// Threading: reentrant.
/// Bounds:    memory a few times the body's size.
#pragma once

#include "dialogue/answer.h"
#include "dialogue/codec.h"

#include <optional>
#include <string>
#include <string_view>

namespace inferenceflow::dialogue {

/// @returns the text of the only answer; its thoughts and citations are left out, several pieces follow each other
///          without anything between them. Nothing if it did not come to its natural end, or there are several, or it
///          holds a tool call, a refusal, a picture or a block of a provider's own, or no word.
[[nodiscard]] std::optional<std::string> answer_text(const answer& got);

/// The same of an answer as a backend sent it.
/// @param speaks    the protocol of `body`.
/// @param streamed  whether `body` is a whole stream, else one document.
/// @returns nothing also if the body is damaged or not whole.
[[nodiscard]] std::optional<std::string> answer_text(const codec& speaks, bool streamed, std::string_view body);

} // namespace inferenceflow::dialogue
