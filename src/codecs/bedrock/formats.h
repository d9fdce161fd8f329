/// What Converse calls the formats of images, documents, audio and video, and their MIME types.
///
/// Role:      readers and writers of media blocks.
/// Lifecycle: free functions over one table.
/// Threading: reentrant.
/// Bounds:    none.
/// Source:    Bedrock API reference: ImageBlock, DocumentBlock, VideoBlock, AudioBlock (`format`); IANA media types.
#pragma once

#include "dialogue/part.h"

#include <string>
#include <string_view>

namespace inferenceflow::codecs::bedrock {

/// "image", "document", "audio" or "video": the block's key.
[[nodiscard]] std::string_view block_key(dialogue::media_kind kind) noexcept;

/// The MIME type of a format; of one that is not known, the kind and the format: "image/heic". Empty for an empty one.
[[nodiscard]] std::string media_type_of(dialogue::media_kind kind, std::string_view format);

/// The format of a part, by its MIME type, else by the ending of its name or URL, else, of a document, by being text.
/// Empty when Converse has none for it.
[[nodiscard]] std::string_view format_of(const dialogue::media_part& media) noexcept;

} // namespace inferenceflow::codecs::bedrock
