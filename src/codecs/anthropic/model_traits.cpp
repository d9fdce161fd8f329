#include "codecs/anthropic/model_traits.h"

#include <algorithm>

namespace inferenceflow::codecs::anthropic {

namespace {

constexpr std::string_view k_family = "claude";

bool is_number(std::string_view word) noexcept {
  return !word.empty() && std::all_of(word.begin(), word.end(), [](char c) { return c >= '0' && c <= '9'; });
}

int value_of(std::string_view digits) noexcept {
  int value = 0;
  for (const char digit : digits) {
    value = value * 10 + (digit - '0');
  }
  return value;
}

/// 406 for 4.6; 0 when the name tells no version. Longer numbers are dates.
int version_of(std::string_view words) noexcept {
  int major = -1;
  while (!words.empty()) {
    const std::size_t end = std::min(words.find_first_of("-._@:/"), words.size());
    const std::string_view word = words.substr(0, end);
    words.remove_prefix(std::min(end + 1, words.size()));
    const bool version = is_number(word) && word.size() <= 2;
    if (major >= 0) {
      return major * 100 + (version ? value_of(word) : 0);
    }
    major = version ? value_of(word) : -1;
  }
  return std::max(major, 0) * 100;
}

} // namespace

model_traits traits_of(std::string_view model) noexcept {
  const std::size_t family = model.find(k_family);
  const int version = family == std::string_view::npos ? 0 : version_of(model.substr(family + k_family.size()));
  if (version == 0) {
    return {};
  }
  const bool opus = model.find("opus", family) != std::string_view::npos;
  model_traits traits;
  traits.thinking = version < 307   ? thinking_style::none
                    : version < 406 ? thinking_style::budget
                    : version < 407 ? thinking_style::either
                                    : thinking_style::adaptive;
  traits.effort = version >= 406 || (opus && version == 405);
  traits.system_turns = version >= 408;
  return traits;
}

} // namespace inferenceflow::codecs::anthropic
