/// A stored answer served as an event stream.
///
/// Role:      exact hits whose client streams while the stored answer did not, or streamed with other usage wishes.
/// Lifecycle: free functions.
/// Threading: reentrant.
/// Bounds:    output ≤ about (1 + 300 / k_replay_piece_bytes) times the text, plus one event per tool call and choice.
/// Source:    OpenAI API reference, "The chat completion chunk object"; stream_options.include_usage.
#pragma once

#include "base/error.h"
#include "cost/usage.h"
#include "wire/openai/request_scan.h"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace inferenceflow::wire::openai {

/// Text goes out in pieces of about this size, cut between characters.
inline constexpr std::size_t k_replay_piece_bytes = 128;

/// Builds the stream of a whole answer: role, text, tool calls, finish reason, usage if asked for, [DONE].
/// @param op        chat or completion.
/// @param document  the answer of a call that did not stream.
/// @returns upstream_failed  it is no JSON object with choices.
[[nodiscard]] result<std::string> replay_as_stream(operation op, std::string_view document, bool include_usage);

/// A stored stream with its usage chunk, or without, as the client asked; every other byte stays.
/// @param usage  what the call used, for a stored stream that has no usage chunk; absent = none can be added.
/// @returns upstream_failed  the stored stream is not whole.
[[nodiscard]] result<std::string> replay_stream(operation op, std::string_view stream, bool include_usage,
                                                const std::optional<cost::token_usage>& usage);

} // namespace inferenceflow::wire::openai
