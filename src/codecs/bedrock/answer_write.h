/// The superset → a Converse answer.
///
/// Role:      codec::write_answer.
/// Lifecycle: free function.
/// Threading: reentrant.
/// Bounds:    about as large as the answer.
/// Source:    Bedrock API reference, ConverseResponse. metrics.latencyMs is required there and not known here: 0.
#pragma once

#include "codecs/bedrock/json_out.h"
#include "dialogue/codec.h"

namespace inferenceflow::codecs::bedrock {

/// The first choice; what Converse has no place for is in `losses`.
[[nodiscard]] dialogue::written_answer write_answer(const dialogue::answer& got);

/// Writes additionalModelResponseFields.stop_sequence, as read_stop_sequence() reads it; nothing if it is not known.
void write_stop_sequence(std::string_view stop_sequence, json_out& out);

/// A tool call's arguments as Converse's `input`: what is no JSON object becomes {"input": "<the text>"}.
void write_input(std::string_view arguments, json_out& out);

} // namespace inferenceflow::codecs::bedrock
