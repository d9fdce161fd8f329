/// The last user turn of an OpenAI-format request, and the hash of the request without it.
///
/// Role:      the semantic cache: an entry may answer only a request of the same scope with a turn that means the same.
///            Called on exact misses; it parses the body a second time.
/// Lifecycle: free function on a scanner that is reused.
/// Threading: as the scanner: one per event loop.
/// Bounds:    text ≤ turn::k_turn_bytes_max; time linear in the body.
/// Source:    OpenAI API reference, "Create chat completion", "Create completion".
#pragma once

#include "turn/last_turn.h"
#include "wire/openai/request_scan.h"

#include <cstdint>
#include <string_view>

namespace inferenceflow::wire::openai {

/// Cuts the last turn out.
///
/// The text is the content of the last message, which must be the user's, or `prompt`. A string, an array of one text
/// part without further members and a `prompt` of one element are the same turn; several text parts are joined by
/// turn::k_part_separator, and their number and further members (a cache_control) belong to the scope.
///
/// The scope covers everything else that request_scanner::scan() hashes, with the same indifference to spelling, key
/// order and fields that do not change the answer; `name` of the last message too. Two bodies that differ in nothing
/// but the text have one scope; it never equals the hash of a whole request.
/// @param body       UTF-8 JSON; nothing is read past its end. A body that scan() refuses has no turn (malformed).
/// @param scanner    its buffers are used; the facts of its last scan() stay valid.
/// @param hash_seed  as for scan(): the tenant's scope.
/// @returns the turn, or why the request has none that could stand for it.
[[nodiscard]] inline turn::cut split_last_turn(operation op, std::string_view body, request_scanner& scanner,
                                               std::uint64_t hash_seed) {
  return scanner.split(op, body, hash_seed);
}

} // namespace inferenceflow::wire::openai
