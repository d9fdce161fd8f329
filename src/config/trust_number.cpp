#include "config/trust_number.h"

#include <charconv>
#include <utility>

namespace inferenceflow::config {
namespace {

constexpr std::pair<std::string_view, std::uint8_t> k_words[] = {
    {"none", 0}, {"low", 64}, {"standard", 128}, {"high", 192}};

} // namespace

std::optional<std::uint8_t> trust_number(std::string_view text) noexcept {
  for (const auto& [word, level] : k_words) {
    if (text == word) {
      return level;
    }
  }
  std::uint8_t level = 0;
  const char* const end = text.data() + text.size();
  const auto [stopped, failure] = std::from_chars(text.data(), end, level);
  return failure == std::errc{} && stopped == end ? std::optional(level) : std::nullopt;
}

} // namespace inferenceflow::config
