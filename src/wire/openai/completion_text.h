/// The words of a complete text completion.
///
/// Role:      as dialogue/answer_text, for the one format that no codec reads.
/// Lifecycle: free function.
/// Threading: reentrant.
/// Bounds:    memory a few times the body's size.
/// Source:    OpenAI API reference, "The completion object".
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace inferenceflow::wire::openai {

/// @param streamed  whether `body` is a whole event stream, else one document.
/// @returns the text of the only choice; nothing if there are several, or it did not come to its natural end, or has no
///          word, or the body is damaged or not whole.
[[nodiscard]] std::optional<std::string> completion_text(bool streamed, std::string_view body);

} // namespace inferenceflow::wire::openai
