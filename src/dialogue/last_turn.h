/// The last user turn of a request that was read into the superset, and the hash of the request without it.
///
/// Role:      the semantic cache, for every protocol but OpenAI's chat and completions (wire/openai/last_turn.h).
/// Lifecycle: pure function.
/// Threading: reentrant.
/// Bounds:    text ≤ turn::k_turn_bytes_max; time linear in the request.
#pragma once

#include "dialogue/request.h"
#include "turn/last_turn.h"

#include <cstdint>

namespace inferenceflow::dialogue {

/// Cuts the last turn out: the text parts of the last message, which must be the user's and hold nothing else.
///
/// Several parts are joined by turn::k_part_separator; their number, the message's name and whatever hangs on the parts
/// belong to the scope. The scope covers everything else that digest() hashes, and what it leaves out is left out here
/// too. It never equals a digest().
/// @param spoken  the protocol that the client speaks.
/// @param seed    as for digest(): the tenant's scope and what else changes the answer.
/// @returns the turn, or why the request has none that could stand for it.
[[nodiscard]] turn::cut split_last_turn(const request& asked, protocol spoken, std::uint64_t seed);

} // namespace inferenceflow::dialogue
