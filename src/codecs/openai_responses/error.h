/// Errors of this protocol, both ways.
///
/// Role:      codec's read_error() and write_error(); stream_read and answer_read for errors inside an answer.
/// Lifecycle: free functions.
/// Threading: reentrant.
/// Bounds:    messages ≤ wire::openai::k_error_message_bytes_max when written.
/// Source:    OpenAI API reference, "Error codes", ResponseError.code; recorded 400 and 404 answers. How an error is
///            written is wire/openai/error_body's business: Responses and Chat Completions share it.
#pragma once

#include "base/error.h"
#include "dialogue/codec.h"
#include "dialogue/json_view.h"

#include <string>
#include <string_view>

namespace inferenceflow::codecs::openai_responses {

/// @param retry_after  the header, verbatim; only whole seconds are understood.
[[nodiscard]] error read_error(int status, std::string_view body, std::string_view retry_after);

/// An error object {code, message, param} that came inside a stream or a response with status 200.
[[nodiscard]] error read_inner_error(dialogue::json_view failure);

[[nodiscard]] dialogue::written_error write_error(const error& why);

/// The `code` of a failed response and of an error event: one of ResponseError.code.
[[nodiscard]] std::string_view response_error_code(error_kind kind) noexcept;

/// `message` without keys, addresses and names of accounts: they are the gateway's, not the caller's.
[[nodiscard]] std::string without_secrets(std::string_view message);

} // namespace inferenceflow::codecs::openai_responses
