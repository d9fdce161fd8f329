/// Errors of this format's hosts, read; ours, written as OpenAI's.
///
/// Role:      codec::read_error and write_error; error events inside streams; error documents under status 200.
/// Lifecycle: free functions.
/// Threading: reentrant.
/// Bounds:    messages are cut to wire::openai::k_error_message_bytes_max.
/// Source:    OpenAI API reference, "Error codes"; recorded errors of OpenAI, Groq, OpenRouter; vLLM ({"object":
///            "error"}), FastAPI ({"detail": …}), Mistral, xAI ({"code", "error": "…"}), llama-server
///            (exceed_context_size_error), Azure (content_filter); RFC 9110 §10.2.3 (Retry-After).
#pragma once

#include "base/error.h"
#include "dialogue/codec.h"
#include "dialogue/json_view.h"

#include <optional>
#include <string>
#include <string_view>

namespace inferenceflow::codecs::openai_chat {

[[nodiscard]] error read_error(int status, std::string_view body, std::string_view retry_after);

/// The error that a document or a stream's chunk holds, if it holds one. Its status is what its code says.
[[nodiscard]] std::optional<error> read_told_error(const dialogue::json_view& document);

/// OpenAI's document and status, with Retry-After where the error has one.
[[nodiscard]] dialogue::written_error write_error(const error& why);

} // namespace inferenceflow::codecs::openai_chat
