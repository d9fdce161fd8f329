#include "codecs/anthropic/error_text.h"

#include "dialogue/scrub.h"

#include <algorithm>

namespace inferenceflow::codecs::anthropic {

namespace {

bool is_hex(char c) noexcept {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/// 8-4-4-4-12 hex digits at the start of `text`.
bool starts_with_uuid(std::string_view text) noexcept {
  constexpr std::size_t k_uuid_bytes = 36;
  if (text.size() < k_uuid_bytes) {
    return false;
  }
  for (std::size_t i = 0; i < k_uuid_bytes; ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash ? text[i] != '-' : !is_hex(text[i])) {
      return false;
    }
  }
  return true;
}

bool is_letter_or_digit(char c) noexcept {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool starts_like_an_id(std::string_view text) noexcept {
  for (const std::string_view start : {"sk-", "org-", "org_", "wrkspc_"}) {
    if (text.substr(0, start.size()) == start) {
      return true;
    }
  }
  return starts_with_uuid(text);
}

bool is_private(std::string_view word) noexcept {
  for (const std::string_view mark : {"://", "anthropic.com", "claude.com"}) {
    if (word.find(mark) != std::string_view::npos) {
      return true;
    }
  }
  bool inside = false; // a letter or digit stands before: "risk-free" is no key
  for (std::size_t i = 0; i < word.size(); ++i) {
    if (!inside && starts_like_an_id(word.substr(i))) {
      return true;
    }
    inside = is_letter_or_digit(word[i]);
  }
  return false;
}

} // namespace

std::string cleaned_message(std::string_view message, std::size_t bytes_max) {
  std::string clean;
  while (!message.empty()) {
    const std::size_t end = std::min(message.find_first_of(" \t\r\n"), message.size());
    const std::string_view word = message.substr(0, end);
    clean += is_private(word) ? std::string_view{"***"} : word;
    clean += message.substr(end, 1);
    message.remove_prefix(std::min(end + 1, message.size()));
  }
  return std::string{dialogue::cut_at_character(dialogue::scrubbed(clean), bytes_max)};
}

} // namespace inferenceflow::codecs::anthropic
