#include "codecs/openai_responses/data_url.h"

#include <cstddef>
#include <cstdint>

namespace inferenceflow::codecs::openai_responses {

std::optional<data_url> parse_data_url(std::string_view url) noexcept {
  constexpr std::string_view k_scheme = "data:";
  constexpr std::string_view k_base64 = ";base64";
  const std::size_t comma = url.substr(0, 256).find(','); // types and parameters are short
  if (url.substr(0, k_scheme.size()) != k_scheme || comma == std::string_view::npos) {
    return std::nullopt;
  }
  std::string_view head = url.substr(k_scheme.size(), comma - k_scheme.size());
  if (head.size() < k_base64.size() || head.substr(head.size() - k_base64.size()) != k_base64) {
    return std::nullopt;
  }
  head.remove_suffix(k_base64.size());
  const std::string_view type = head.substr(0, head.find(';'));
  return data_url{type == "image/jpg" ? "image/jpeg" : type,
                  url.substr(comma + 1)}; // a name that most providers refuse
}

std::string base64_of(std::string_view bytes) {
  constexpr std::string_view k_digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t at = 0; at < bytes.size(); at += 3) {
    const std::size_t count = bytes.size() - at < 3 ? bytes.size() - at : 3;
    std::uint32_t group = 0;
    for (std::size_t i = 0; i < 3; ++i) {
      group = group << 8U | (i < count ? static_cast<unsigned char>(bytes[at + i]) : 0U);
    }
    for (std::size_t i = 0; i < 4; ++i) {
      out.push_back(i <= count ? k_digits[group >> (18U - 6U * i) & 63U] : '=');
    }
  }
  return out;
}

} // namespace inferenceflow::codecs::openai_responses
