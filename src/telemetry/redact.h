/// Masks secrets in text on its way to the log.
///
/// Role:      applied to every text value and message of the logger; usable elsewhere, e.g. for upstream error bodies.
/// Lifecycle: free functions.
/// Threading: reentrant.
/// Bounds:    linear in the text.
/// Masked:    keys by their well-known prefixes (sk-, gsk_, AIza, hf_, xai-, AKIA …), what follows Bearer and Basic,
/// what
///            follows api_key, authorization, password and the like with ':' or '=', and the user part of URLs.
#pragma once

#include <string>
#include <string_view>

namespace inferenceflow::telemetry {

/// True when `text` may hold a secret: a fast scan that lets clean text through without a copy.
[[nodiscard]] bool may_hold_secret(std::string_view text) noexcept;

/// `text` with every secret replaced by "***".
[[nodiscard]] std::string redacted(std::string_view text);

/// True for field and header names whose value is a secret: authorization, api_key, x-api-key, password, …
[[nodiscard]] bool names_secret(std::string_view key) noexcept;

} // namespace inferenceflow::telemetry
