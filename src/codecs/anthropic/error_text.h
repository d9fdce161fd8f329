/// A provider's error message, fit for somebody else's client.
///
/// Role:      error.cpp; the gateway's key, account and the provider's addresses are not the client's business.
/// Lifecycle: free functions.
/// Threading: reentrant.
/// Bounds:    linear in the text.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace inferenceflow::codecs::anthropic {

/// `message` with each word that holds an address ("https://…"), a key ("sk-…") or an account's or organisation's id
/// (a UUID, "org-…") replaced by "***", and cut to `bytes_max`.
[[nodiscard]] std::string cleaned_message(std::string_view message, std::size_t bytes_max);

} // namespace inferenceflow::codecs::anthropic
