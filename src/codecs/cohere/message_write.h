/// Messages of the superset → Cohere's chat.
///
/// Role:      write_request(); assistant_writer serves write_answer() too.
/// Lifecycle: free functions.
/// Threading: reentrant.
/// Bounds:    as large as the messages.
/// Source:    Cohere API v2 reference, "Chat": messages, documents.
#pragma once

#include "codecs/cohere/json_out.h"
#include "codecs/cohere/write_notes.h"
#include "dialogue/request.h"

#include <span>
#include <string>
#include <vector>

namespace inferenceflow::codecs::cohere {

/// Writes the list of messages as a value. Documents of user messages are left out: see documents_of().
void write_messages(json_out& json, std::span<const dialogue::message> messages, write_notes& notes);

/// The document parts of all user messages, in order.
/// Lifetime: the messages'.
[[nodiscard]] std::vector<const dialogue::media_part*> documents_of(std::span<const dialogue::message> messages);

/// Writes content, tool_plan, tool_calls and citations as members of the open object.
/// @param path         of the parts' owner, e.g. "messages[2]".
/// @param as_request   true: a lone text is written as a string, and what Cohere cannot hold is refused; false: content
///                     is a list as in Cohere's answers, and everything else is dropped.
void write_assistant(json_out& json, std::span<const dialogue::part> parts, const std::string& path, bool as_request,
                     write_notes& notes);

} // namespace inferenceflow::codecs::cohere
