/// A Converse answer → the superset.
///
/// Role:      codec::read_answer.
/// Lifecycle: free function.
/// Threading: reentrant.
/// Bounds:    a few times the body.
/// Source:    Bedrock API reference, ConverseResponse; recorded traffic.
#pragma once

#include "dialogue/answer.h"
#include "dialogue/json_view.h"

#include <string>
#include <string_view>

namespace inferenceflow::codecs::bedrock {

/// Converse names neither id, model nor time; they stay empty.
/// @returns upstream_failed  the document is no Converse answer.
[[nodiscard]] result<dialogue::answer> read_answer(std::string_view body);

/// The stop sequence that ended the answer, where the client asked for that field of the model's own answer.
[[nodiscard]] std::string read_stop_sequence(const dialogue::json_view& additional_fields);

} // namespace inferenceflow::codecs::bedrock
