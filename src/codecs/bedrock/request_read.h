/// A client's Converse request → the superset.
///
/// Role:      codec::read_request.
/// Lifecycle: free function.
/// Threading: reentrant.
/// Bounds:    a few times the body.
/// Source:    Bedrock API reference, Converse and ConverseStream; recorded traffic.
#pragma once

#include "dialogue/codec.h"

namespace inferenceflow::codecs::bedrock {

/// @returns invalid_request  the path or the body is not what Converse takes; `param` names the field.
[[nodiscard]] result<dialogue::request> read_request(std::string_view body, const dialogue::request_target& target);

} // namespace inferenceflow::codecs::bedrock
