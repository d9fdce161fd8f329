/// Takes out of a provider's message what is the operator's alone.
///
/// Role:      error.cpp, before a message reaches a client.
/// Lifecycle: free functions.
/// Threading: reentrant.
/// Bounds:    output is about as long as the input.
/// Source:    messages of Google's APIs: they name projects, links to the console, keys, service accounts.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace inferenceflow::codecs::gemini {

/// The message without links, keys, accounts and project names; a resource name keeps its last steps, from "models/"
/// on.
[[nodiscard]] std::string scrubbed(std::string_view message);

} // namespace inferenceflow::codecs::gemini
