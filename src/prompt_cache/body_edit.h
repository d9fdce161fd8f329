/// The body with cache marks in it, or with a cache key: not a byte more is changed.
///
/// Role:      advisor sends its result instead of the client's body.
/// Lifecycle: free functions.
/// Threading: reentrant.
/// Bounds:    one copy of the body.
/// Source:    Anthropic cache_control, Bedrock cachePoint, OpenAI prompt_cache_key (API references).
#pragma once

#include "dialogue/part.h"
#include "prompt_cache/prompt_layout.h"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace inferenceflow::prompt_cache {

struct block_mark {
  std::size_t block = 0; ///< index in the layout; markable
  dialogue::cache_life life = dialogue::cache_life::minutes_5;
};

/// @param speaks  anthropic or bedrock.
/// @param marks   front to back, each block once.
[[nodiscard]] std::string with_marks(dialogue::protocol speaks, std::string_view body, const prompt_layout& layout,
                                     std::span<const block_mark> marks);

/// @param layout  of a body without a key of its own.
/// @param key     needs no escapes.
/// The key goes last, so that whatever was found in the body stays where it was.
[[nodiscard]] std::string with_cache_key(std::string_view body, const prompt_layout& layout, std::string_view key);

/// 32 hexadecimal digits that stay the same over restarts and machines, and tell nothing of what they are made of: an
/// HMAC-SHA256 (RFC 2104), cut to 128 bits.
/// @param scope   keys the hash: which upstream this is.
/// @param prompt  hash of tenant, route, model and the prompt's beginning.
[[nodiscard]] std::string cache_key_of(std::string_view scope, std::uint64_t prompt);

} // namespace inferenceflow::prompt_cache
