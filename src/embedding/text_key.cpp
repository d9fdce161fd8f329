#include "embedding/text_key.h"

#include <bit>
#include <cstring>
#include <random>

namespace inferenceflow::embedding {
namespace {

struct sip_state {
  std::uint64_t v0, v1, v2, v3;

  void round() noexcept {
    v0 += v1;
    v1 = std::rotl(v1, 13) ^ v0;
    v0 = std::rotl(v0, 32);
    v2 += v3;
    v3 = std::rotl(v3, 16) ^ v2;
    v0 += v3;
    v3 = std::rotl(v3, 21) ^ v0;
    v2 += v1;
    v1 = std::rotl(v1, 17) ^ v2;
    v2 = std::rotl(v2, 32);
  }

  void take(std::uint64_t word) noexcept {
    v3 ^= word;
    round();
    round();
    v0 ^= word;
  }

  std::uint64_t finish() noexcept {
    for (int i = 0; i < 4; ++i) {
      round();
    }
    return v0 ^ v1 ^ v2 ^ v3;
  }
};

// Little-endian, whatever the machine: keys never leave the process, but the tests' vectors are fixed.
std::uint64_t word_of(const char* bytes, std::size_t count) noexcept {
  std::uint64_t word = 0;
  if constexpr (std::endian::native == std::endian::little) {
    std::memcpy(&word, bytes, count);
  } else {
    for (std::size_t i = 0; i < count; ++i) {
      word |= std::uint64_t{static_cast<unsigned char>(bytes[i])} << (8 * i);
    }
  }
  return word;
}

} // namespace

key_secret random_secret() {
  std::random_device device;
  const auto draw = [&device] { return std::uint64_t{device()} << 32U | device(); };
  return {draw(), draw()};
}

text_key key_of(const key_secret& secret, std::string_view text) noexcept {
  sip_state state{0x736f6d6570736575ULL ^ secret[0], 0x646f72616e646f6dULL ^ secret[1] ^ 0xeeU,
                  0x6c7967656e657261ULL ^ secret[0], 0x7465646279746573ULL ^ secret[1]};
  const std::size_t whole = text.size() / 8 * 8;
  for (std::size_t i = 0; i < whole; i += 8) {
    state.take(word_of(text.data() + i, 8));
  }
  const std::uint64_t length = std::uint64_t{text.size()} << 56U;
  state.take(length | (text.size() == whole ? 0 : word_of(text.data() + whole, text.size() - whole)));
  text_key key;
  state.v2 ^= 0xeeU;
  key.low = state.finish();
  state.v1 ^= 0xddU;
  key.high = state.finish();
  return key;
}

key_secret secret_for(const key_secret& secret, std::string_view embedder) noexcept {
  const auto derived = key_of(secret, embedder);
  return {derived.low, derived.high};
}

} // namespace inferenceflow::embedding
