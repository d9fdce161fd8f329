#include "codecs/bedrock/error.h"
#include "dialogue/scrub.h"

#include <algorithm>
#include <array>

namespace inferenceflow::codecs::bedrock {
namespace {

constexpr std::size_t k_account_digits = 12;

bool is_digit(char byte) {
  return byte >= '0' && byte <= '9';
}

bool is_word(char byte) {
  return is_digit(byte) || (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
}

/// Bytes of an ARN, a URL, a key: up to a blank, a quote or a bracket.
std::size_t run_size(std::string_view text) {
  const std::size_t end = text.find_first_of(" \t\r\n\"'<>()[]{},;");
  return std::min(end, text.size());
}

struct secret {
  std::string_view beginning;
  std::size_t bytes_min; ///< of the whole run
  std::string_view instead;
};

constexpr std::array k_secrets{
    secret{"arn:", 8, "[arn]"},
    secret{"https://", 9, "[url]"},
    secret{"http://", 8, "[url]"},
    secret{"AKIA", 16, "[key]"},
    secret{"ASIA", 16, "[key]"},
    secret{"ABSK", 16, "[key]"},
    secret{"bedrock-api-key-", 20, "[key]"},
};

/// What stands at the front of `text`, at a word's beginning: its size and what to say instead; size 0 for nothing.
std::pair<std::size_t, std::string_view> secret_at(std::string_view text) {
  const std::size_t size = run_size(text);
  for (const secret& known : k_secrets) {
    if (text.starts_with(known.beginning) && size >= known.bytes_min) {
      const bool full_stop = text[size - 1] == '.';
      return {full_stop ? size - 1 : size, known.instead};
    }
  }
  const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
  const bool word_ends = digits == text.size() || !is_word(text[digits]);
  return digits == k_account_digits && word_ends ? std::pair{digits, std::string_view{"[account]"}}
                                                 : std::pair{std::size_t{0}, std::string_view{}};
}

} // namespace

std::string without_secrets(std::string_view message) {
  std::string out;
  out.reserve(message.size());
  while (!message.empty()) {
    const bool at_word = out.empty() || !is_word(out.back());
    const auto [size, instead] = at_word ? secret_at(message) : std::pair{std::size_t{0}, std::string_view{}};
    if (size > 0) {
      out.append(instead);
      message.remove_prefix(size);
    } else {
      out.push_back(message.front());
      message.remove_prefix(1);
    }
  }
  return dialogue::scrubbed(out);
}

} // namespace inferenceflow::codecs::bedrock
