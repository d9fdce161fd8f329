/// The superset's answer as a Messages answer.
///
/// Role:      codec::write_answer.
/// Lifecycle: free function.
/// Threading: reentrant.
/// Bounds:    as large as the answer.
/// Source:    Claude API reference, Messages: Message.
#pragma once

#include "dialogue/codec.h"

namespace inferenceflow::codecs::anthropic {

/// The id of an answer whose backend gave none.
inline constexpr std::string_view k_nameless_id = "msg_0";

/// Losses are paths like "choices[0].parts[2]"; what is dropped stands in README.md.
[[nodiscard]] dialogue::written_answer write_message(const dialogue::answer& got, const dialogue::stream_wish& wish);

} // namespace inferenceflow::codecs::anthropic
