/// What fuzz targets check with, and how they cut their input into pieces.
///
/// Role:      every target; aborts with the broken property's name, which libFuzzer and ctest both report.
/// Lifecycle: plain values.
/// Threading: single-threaded.
/// Bounds:    pieces of 1 to k_piece_bytes_max bytes.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace inferenceflow::fuzz {

inline constexpr std::size_t k_piece_bytes_max = 64;

/// Aborts, naming the property, unless it holds.
inline void require(bool holds, std::string_view property) {
  if (!holds) {
    std::fprintf(stderr, "property broken: %.*s\n", static_cast<int>(property.size()), property.data());
    std::abort();
  }
}

/// Cuts a text into pieces; the same seed cuts alike. Short pieces are as likely as long ones.
class cutter {
public:
  explicit cutter(std::uint64_t seed)
      : state_(seed | 1U) {}

  /// Takes the next piece off the front of `text`.
  [[nodiscard]] std::string_view take(std::string_view& text) {
    state_ ^= state_ << 13U;
    state_ ^= state_ >> 7U;
    state_ ^= state_ << 17U;
    const std::size_t longest = (state_ & 1U) != 0 ? 3 : k_piece_bytes_max;
    const std::size_t size = std::min<std::size_t>(1 + (state_ >> 8U) % longest, text.size());
    const std::string_view piece = text.substr(0, size);
    text.remove_prefix(size);
    return piece;
  }

private:
  std::uint64_t state_;
};

/// A seed that depends on every byte (FNV-1a), so that the cuts move when the input changes.
[[nodiscard]] inline std::uint64_t seed_of(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325U;
  for (const char byte : text) {
    hash = (hash ^ static_cast<unsigned char>(byte)) * 0x100000001b3U;
  }
  return hash;
}

[[nodiscard]] inline std::string_view view_of(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

} // namespace inferenceflow::fuzz

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer looks for this name.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
