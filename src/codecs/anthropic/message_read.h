/// The messages of a request, read.
///
/// Role:      request_read hands over `system` and `messages`.
/// Lifecycle: free functions over views of one document.
/// Threading: one thread.
/// Bounds:    as large as what is read.
/// Source:    Claude API reference, Messages: MessageParam.
#pragma once

#include "dialogue/json_view.h"
#include "dialogue/request.h"

#include <vector>

namespace inferenceflow::codecs::anthropic {

/// Appends a system message for the `system` field, a string or text blocks; nothing when it is absent.
void read_system(const dialogue::json_view& from, std::vector<dialogue::message>& into);

/// Appends the turns. Tool results are split off into tool messages.
void read_messages(const dialogue::json_view& from, std::vector<dialogue::message>& into);

} // namespace inferenceflow::codecs::anthropic
