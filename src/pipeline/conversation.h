/// Which conversation a request belongs to.
///
/// Role:      balancing by conversation, and the memory of who holds a conversation's prefix, go by it.
/// Lifecycle: free function.
/// Threading: reentrant.
/// Bounds:    those of the request.
#pragma once

#include "dialogue/request.h"

#include <cstdint>
#include <string_view>

namespace inferenceflow::pipeline {

/// @returns a hash of tools, system prompts and the first turn: what all requests of one conversation share, and what a
/// provider's prompt cache keeps.
[[nodiscard]] std::uint64_t conversation_of(const dialogue::request& asked, std::string_view tenant);

} // namespace inferenceflow::pipeline
