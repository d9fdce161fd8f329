/// A hash of everything in a request that its answer depends on.
///
/// Role:      key of the exact cache and of coalescing for requests that were read into the superset.
/// Lifecycle: pure functions.
/// Threading: reentrant.
/// Bounds:    linear in the request.
/// Source:    XXH3, 128 bits (docs/adr/0009).
#pragma once

#include "dialogue/request.h"

#include <cstddef>
#include <cstdint>
#include <utility>

namespace inferenceflow::dialogue {

/// High and low half. Spelling, order of members and white space of the body do not matter; what does not change the
/// answer is left out: stream, usage_in_stream, user, service_tier, cache_key, cache marks.
/// @param seed  scope that may share the answer; include a secret where callers do not trust each other.
[[nodiscard]] std::pair<std::uint64_t, std::uint64_t> digest(const request& asked, protocol spoken, std::uint64_t seed);

/// Bytes of text that the model will read, for estimates.
[[nodiscard]] std::size_t prompt_text_bytes(const request& asked) noexcept;

} // namespace inferenceflow::dialogue
