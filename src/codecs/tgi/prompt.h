/// A conversation as one text, for a server that completes text.
///
/// Role:      request_write puts it into `inputs`; readers take the marker off that the model may go on with.
/// Lifecycle: free functions.
/// Threading: reentrant.
/// Bounds:    as large as the messages.
///
/// The template, one turn after the other with a blank line between, in the order of the conversation:
///
///     System: <text>
///
///     User: <text>
///
///     Assistant: <text>
///
///     User: <text>
///
///     Assistant:
///
/// The texts of one turn are joined by a line end. A model that answers all and goes on with the next turn is stopped
/// by k_next_turn. Text that itself holds such a marker looks like a turn: a plain template cannot tell them apart, so
/// a server that knows its model's own template is better asked through its OpenAI surface.
#pragma once

#include "base/error.h"
#include "dialogue/request.h"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace inferenceflow::codecs::tgi {

/// Begins the turn that is not the model's: sent as a stop sequence, and never part of an answer.
inline constexpr std::string_view k_next_turn = "\n\nUser:";

/// @param losses  gets the fields that are dropped.
/// @returns invalid_request naming the part that is not text.
[[nodiscard]] result<std::string> prompt_of(std::span<const dialogue::message> messages,
                                            std::vector<std::string>& losses);

} // namespace inferenceflow::codecs::tgi
