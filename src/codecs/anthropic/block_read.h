/// Content blocks, read.
///
/// Role:      requests, answers and streams consist of them; each block becomes one part.
/// Lifecycle: free functions over views of one document.
/// Threading: one thread.
/// Bounds:    as large as the block.
/// Source:    Claude API reference, Messages: ContentBlockParam, ContentBlock.
///
/// Faults go to the view's document. In a request, a block that says more than its part can hold (a document made of
/// blocks, a tool result with tool references, a call made by generated code, a field that is newer than this code)
/// is carried whole as an opaque_part: Anthropic gets all of it back, and no other protocol gets half of it.
#pragma once

#include "dialogue/json_view.h"
#include "dialogue/part.h"

#include <string_view>

namespace inferenceflow::codecs::anthropic {

/// The mark of a block or tool that has one.
[[nodiscard]] std::optional<dialogue::cache_life> read_cache_mark(const dialogue::json_view& holder);

/// One entry of `citations`. A citation supports all of the text block that carries it: begin and end stay -1.
[[nodiscard]] dialogue::citation read_citation(const dialogue::json_view& from);

/// A block of a request, of any type but those of the wrong side: that is a fault.
/// @param assistant  the message is the assistant's.
[[nodiscard]] dialogue::part read_request_block(const dialogue::json_view& block, bool assistant);

/// A text block of a request, for `system`; anything else there is an opaque part.
[[nodiscard]] dialogue::part read_system_block(const dialogue::json_view& block);

/// A block of a finished answer. Unknown fields of known blocks are let go; unknown blocks are opaque parts.
[[nodiscard]] dialogue::part read_answer_block(const dialogue::json_view& block);

} // namespace inferenceflow::codecs::anthropic
