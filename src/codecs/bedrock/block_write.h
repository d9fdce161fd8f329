/// Parts → content blocks of Converse.
///
/// Role:      request_write and answer_write, whose messages are made of the same blocks.
/// Lifecycle: free functions.
/// Threading: reentrant.
/// Bounds:    a block is about as large as its part.
/// Source:    Bedrock API reference, ContentBlock and what it holds.
#pragma once

#include "codecs/bedrock/json_out.h"
#include "dialogue/part.h"

#include <string>
#include <string_view>

namespace inferenceflow::codecs::bedrock {

/// Why Converse has no block for a media part.
struct media_fault {
  std::string_view field = {};   ///< of the part: "url"
  std::string_view message = {}; ///< static text; empty = there is a block
};
[[nodiscard]] media_fault fault_of(const dialogue::media_part& media);

/// @param media  has no fault.
/// @param name   of a document, as document_name() made it; ignored for other kinds.
void write_media(const dialogue::media_part& media, std::string_view name, json_out& out);

/// A name that Converse takes for a document: letters, digits, single spaces, hyphens, brackets.
/// @param number  names a document that has no name, from 1.
[[nodiscard]] std::string document_name(std::string_view name, std::size_t number);

void write_text(std::string_view text, json_out& out);
/// A text with citations, as citationsContent.
void write_cited_text(const dialogue::text_part& words, json_out& out);
void write_citation(const dialogue::citation& source, json_out& out);
/// True if the citation brings Converse's own JSON.
[[nodiscard]] bool is_own(const dialogue::citation& source);

/// @param input  a JSON object.
void write_tool_use(std::string_view id, std::string_view name, std::string_view input, json_out& out);

/// One block for the text with its signature, one for redacted content; what is empty is left out, but one is written.
void write_reasoning(std::string_view text, std::string_view signature, std::string_view redacted, json_out& out);

void write_cache_point(dialogue::cache_life life, json_out& out);

} // namespace inferenceflow::codecs::bedrock
