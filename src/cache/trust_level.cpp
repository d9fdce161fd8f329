#include "cache/trust_level.h"

#include <array>
#include <charconv>
#include <utility>

namespace inferenceflow::cache {

result<trust_level> parse_trust(std::string_view text) {
  constexpr std::array<std::pair<std::string_view, trust_level>, 4> k_names{{{"none", trust_level::none},
                                                                             {"low", trust_level::low},
                                                                             {"standard", trust_level::standard},
                                                                             {"high", trust_level::high}}};
  for (const auto& [name, level] : k_names) {
    if (text == name) {
      return level;
    }
  }
  std::uint8_t number = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || read.ec != std::errc{} || read.ptr != text.data() + text.size()) {
    return make_error(error_kind::invalid_request, "a trust level is none, low, standard, high or a number 0 to 255");
  }
  return static_cast<trust_level>(number);
}

} // namespace inferenceflow::cache
