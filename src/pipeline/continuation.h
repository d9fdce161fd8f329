/// The request that asks another backend to go on with an answer that broke off.
///
/// Role:      delivery sends it where the route continues broken streams elsewhere.
/// Lifecycle: free function.
/// Threading: reentrant.
/// Bounds:    the client's request and the text so far.
#pragma once

#include "pipeline/rewritten.h"

#include <memory>
#include <string_view>

namespace inferenceflow::pipeline {

/// @param asked     the client's. @param told_text  what it has read of the answer.
/// @returns invalid_request where an answer in another form than text, or several answers, were asked for.
[[nodiscard]] result<std::unique_ptr<rewritten_request>>
continue_from(const request& asked, const dialogue::codec_set& codecs, std::string_view told_text);

} // namespace inferenceflow::pipeline
