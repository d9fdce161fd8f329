/// Random numbers that a test can repeat: a generator of 64 bits of state, seeded by whoever owns it.
///
/// Role:      jitter, choice of two candidates. Not for secrets.
/// Lifecycle: plain value; the owner seeds it once, from the kernel in production.
/// Threading: none of its own; one loop or its owner's mutex guards it.
/// Bounds:    8 bytes; period 2^64.
/// Source:    splitmix64: Steele, Lea and Flood, "Fast Splittable Pseudorandom Number Generators", OOPSLA 2014.
#pragma once

#include <cstdint>

namespace inferenceflow::resilience {

/// Spreads the bits of `x` over all 64; a bijection, so distinct inputs stay distinct.
[[nodiscard]] constexpr std::uint64_t mix_bits(std::uint64_t x) noexcept {
  x = (x ^ (x >> 30U)) * 0xBF58476D1CE4E5B9U;
  x = (x ^ (x >> 27U)) * 0x94D049BB133111EBU;
  return x ^ (x >> 31U);
}

class random_stream {
public:
  explicit constexpr random_stream(std::uint64_t seed) noexcept
      : state_(seed) {}

  /// 64 random bits.
  [[nodiscard]] constexpr std::uint64_t next() noexcept {
    state_ += 0x9E3779B97F4A7C15U;
    return mix_bits(state_);
  }

  /// Uniform in [0, bound). @param bound  at least 1. The bias is at most bound / 2^32.
  [[nodiscard]] constexpr std::uint32_t below(std::uint32_t bound) noexcept {
    return static_cast<std::uint32_t>(((next() >> 32U) * bound) >> 32U);
  }

  /// Uniform in [0, 1), in steps of 2^-53.
  [[nodiscard]] constexpr double unit() noexcept { return static_cast<double>(next() >> 11U) * 0x1.0p-53; }

private:
  std::uint64_t state_;
};

} // namespace inferenceflow::resilience
