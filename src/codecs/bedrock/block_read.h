/// Content blocks of Converse → parts.
///
/// Role:      request_read and answer_read, whose messages are made of the same blocks.
/// Lifecycle: free functions.
/// Threading: reentrant.
/// Bounds:    as large as the block.
/// Source:    Bedrock API reference, ContentBlock and what it holds; recorded traffic.
#pragma once

#include "dialogue/json_view.h"
#include "dialogue/part.h"

#include <vector>

namespace inferenceflow::codecs::bedrock {

enum class speaker : std::uint8_t { client, model };

/// Appends what `block` holds to `parts`. A cachePoint marks the part before it; where that cannot carry a mark it
/// stays a block of its own, opaque. Blocks that only Converse knows become opaque parts: guardContent, searchResult,
/// calls and results of tools that run at the provider, and what is not known here.
void read_block(const dialogue::json_view& block, speaker who, std::vector<dialogue::part>& parts);

/// A block of `citationsContent.citations`, or a streamed citation.
[[nodiscard]] dialogue::citation read_citation(const dialogue::json_view& source);

/// The mark that a cachePoint block means.
[[nodiscard]] dialogue::cache_life read_cache_point(const dialogue::json_view& point);

} // namespace inferenceflow::codecs::bedrock
