#include "dialogue/scrub.h"

#include <algorithm>
#include <array>
#include <cctype>

namespace inferenceflow::dialogue {
namespace {

constexpr std::size_t k_bare_key_min = 32;

bool is_separator(char byte) {
  constexpr std::string_view k_separators = " \t\r\n\"'`()[]{}<>,;=";
  return k_separators.find(byte) != std::string_view::npos;
}

bool starts_with(std::string_view text, std::string_view head) {
  return text.substr(0, head.size()) == head;
}

bool names_account(std::string_view word) {
  constexpr std::array<std::string_view, 17> k_heads{"sk-",  "sk_",   "pk-",   "rk-",   "gsk_", "xai-",
                                                     "AIza", "hf_",   "csk-",  "nvapi", "AKIA", "org-",
                                                     "org_", "proj_", "acct_", "user-", "user_"};
  return word.size() > 6 &&
         std::any_of(k_heads.begin(), k_heads.end(), [&](std::string_view head) { return starts_with(word, head); });
}

bool is_address(std::string_view word) {
  constexpr std::array<std::string_view, 4> k_hosts{".azure.com", ".amazonaws.com", ".googleapis.com", ".openai.com"};
  if (word.find("://") != std::string_view::npos) {
    return true;
  }
  const std::size_t at = word.find('@');
  if (at != std::string_view::npos && at > 0 && word.find('.', at) != std::string_view::npos) {
    return true;
  }
  return std::any_of(k_hosts.begin(), k_hosts.end(),
                     [&](std::string_view host) { return word.find(host) != std::string_view::npos; });
}

/// A long run of letters and digits, which no word and no model's name is.
bool is_bare_key(std::string_view word) {
  if (word.size() < k_bare_key_min) {
    return false;
  }
  std::size_t digits = 0;
  std::size_t letters = 0;
  for (const char byte : word) {
    const auto sign = static_cast<unsigned char>(byte);
    digits += std::isdigit(sign) != 0 ? 1U : 0U;
    letters += std::isalpha(sign) != 0 ? 1U : 0U;
    if (std::isalnum(sign) == 0 && byte != '_' && byte != '*' && byte != '.' && byte != ':') {
      return false;
    }
  }
  return digits > 2 && letters > 2;
}

void append_word(std::string& out, std::string_view word) {
  if (is_address(word)) {
    out += "(address)";
  } else if (names_account(word) || is_bare_key(word)) {
    out += "***";
  } else {
    out += word;
  }
}

} // namespace

std::string scrubbed(std::string_view message, std::size_t bytes_max) {
  std::string out;
  std::size_t begin = 0;
  for (std::size_t at = 0; at <= message.size(); ++at) {
    if (at == message.size() || is_separator(message[at])) {
      append_word(out, message.substr(begin, at - begin));
      if (at < message.size()) {
        out.push_back(message[at]);
      }
      begin = at + 1;
    }
  }
  out.resize(cut_at_character(out, bytes_max).size());
  return out;
}

std::string_view cut_at_character(std::string_view text, std::size_t bytes_max) noexcept {
  if (text.size() <= bytes_max) {
    return text;
  }
  std::size_t end = bytes_max;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) {
    --end;
  }
  return text.substr(0, end);
}

} // namespace inferenceflow::dialogue
