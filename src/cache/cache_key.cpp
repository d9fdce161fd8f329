#include "cache/cache_key.h"

namespace inferenceflow::cache {

std::string to_hex(const cache_key& key) {
  constexpr char k_digits[] = "0123456789abcdef";
  std::string text(32, '0');
  for (std::size_t i = 0; i < 16; ++i) {
    const auto shift = static_cast<unsigned>(60 - 4 * i);
    text[i] = k_digits[(key.high >> shift) & 0xFU];
    text[16 + i] = k_digits[(key.low >> shift) & 0xFU];
  }
  return text;
}

} // namespace inferenceflow::cache
