/// Images and documents of a request, written.
///
/// Role:      message_write, for user turns and tool results.
/// Lifecycle: free function.
/// Threading: reentrant.
/// Bounds:    as large as the part; base64 is copied once, into the body.
/// Source:    Claude API docs, "Vision", "PDF support", "Files API": ImageBlockParam, DocumentBlockParam.
#pragma once

#include "codecs/anthropic/json_text.h"
#include "codecs/anthropic/loss_list.h"
#include "dialogue/part.h"

#include <string>

namespace inferenceflow::codecs::anthropic {

/// Writes an image or document block. A text document given as base64 is decoded: Anthropic takes PDFs alone that way.
/// @param path  of the part in the superset. Audio, video, other providers' file ids and undecodable text are refused.
void write_media(json_writer& out, const dialogue::media_part& media, const std::string& path, loss_list& losses);

} // namespace inferenceflow::codecs::anthropic
