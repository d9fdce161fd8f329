/// Converse's `stopReason`.
///
/// Role:      readers and writers of answers and streams.
/// Lifecycle: free functions.
/// Threading: reentrant.
/// Bounds:    none.
/// Source:    Bedrock API reference, ConverseResponse.stopReason.
#pragma once

#include "dialogue/answer.h"

#include <string_view>

namespace inferenceflow::codecs::bedrock {

/// `other` for reasons that are not known here.
[[nodiscard]] dialogue::finish finish_of(std::string_view stop_reason) noexcept;

/// The nearest of the reasons that Converse has.
[[nodiscard]] std::string_view stop_reason_of(dialogue::finish reason) noexcept;

} // namespace inferenceflow::codecs::bedrock
