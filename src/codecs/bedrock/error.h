/// Bedrock's errors: documents of failed calls, exceptions inside streams.
///
/// Role:      codec::read_error and write_error; stream_read and stream_write for exceptions.
/// Lifecycle: free functions.
/// Threading: reentrant.
/// Bounds:    messages are as long as Bedrock's.
/// Source:    Bedrock API reference, "Common errors" and the errors of Converse; AWS restJson1: the type is in the
/// header
///            x-amzn-errortype, or in `__type` or `code` of the body; recorded 400 answers.
#pragma once

#include "base/error.h"
#include "dialogue/codec.h"

#include <string>
#include <string_view>

namespace inferenceflow::codecs::bedrock {

/// An error document of Bedrock. The type in the body decides, else the status.
/// @param retry_after  the Retry-After header in seconds; a date is passed over.
[[nodiscard]] error read_error(int status, std::string_view body, std::string_view retry_after);

/// An exception of a stream, e.g. "throttlingException" or "com.amazonaws#ThrottlingException: …".
/// @param body  {"message": …}, or the message itself.
[[nodiscard]] error read_exception(std::string_view type, std::string_view body);

/// {"message": …} with the status and x-amzn-errortype that AWS's clients raise the right exception for.
[[nodiscard]] dialogue::written_error write_error(const error& why);

/// The exception of ConverseStream for an error: "throttlingException".
[[nodiscard]] std::string_view stream_exception_of(const error& why) noexcept;

/// {"message": …}
[[nodiscard]] std::string message_body(const error& why);

/// `message` without ARNs, account numbers, access keys and URLs.
[[nodiscard]] std::string without_secrets(std::string_view message);

} // namespace inferenceflow::codecs::bedrock
