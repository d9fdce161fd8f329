/// Masks secrets in text on its way to the log.
///
/// Role:      applied to every text value and message of the logger; usable elsewhere, e.g. for upstream error bodies.
/// Lifecycle: free functions.
/// Threading: reentrant.
/// Bounds:    linear in the text.
/// Masked:    keys by their well-known prefixes (sk-, gsk_, AIza, hf_, xai-, AKIA …), what follows Bearer and Basic,
///            what follows api_key, authorization, password and the like with ':' or '=', and the user part of URLs.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

namespace inferenceflow::telemetry {

/// True when `text` may hold a secret: a fast scan that lets clean text through without a copy.
[[nodiscard]] bool may_hold_secret(std::string_view text) noexcept;

/// `text` with every secret replaced by "***".
[[nodiscard]] std::string redacted(std::string_view text);

/// Words whose value is a secret: as a field's name, or in text before ':' or '='. Lower case.
inline constexpr std::string_view k_secret_words[] = {"authorization", "api_key", "api-key", "apikey",
                                                      "password",      "passwd",  "secret",  "access_token"};

/// True when `text` starts with `word`, which is in lower case, in any case.
[[nodiscard]] constexpr bool starts_with_word(std::string_view text, std::string_view word) noexcept {
  const auto same = [](char a, char b) { return a == (b >= 'A' && b <= 'Z' ? static_cast<char>(b - 'A' + 'a') : b); };
  return text.size() >= word.size() && std::equal(word.begin(), word.end(), text.begin(), same);
}

/// True for field and header names whose value is a secret: authorization, api_key, x-api-key, password, …
[[nodiscard]] constexpr bool names_secret(std::string_view key) noexcept {
  for (std::size_t i = 0; i < key.size(); ++i) {
    for (const auto word : k_secret_words) {
      if (starts_with_word(key.substr(i), word)) {
        return true;
      }
    }
  }
  return false;
}

} // namespace inferenceflow::telemetry
