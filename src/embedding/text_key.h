/// Names a text under a secret, in 128 bits: nobody without the secret can make two texts meet.
///
/// Role:      key of embedding_cache and of the embeds in flight.
/// Lifecycle: plain value; the secret is drawn once per process.
/// Threading: immutable; thread-safe.
/// Bounds:    16 bytes.
/// Source:    Aumasson and Bernstein, "SipHash: a fast short-input PRF", INDOCRYPT 2012; SipHash-2-4 with 128 bits of
///            output as in the authors' reference.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace inferenceflow::embedding {

struct text_key {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  friend bool operator==(const text_key&, const text_key&) = default;
};

/// Uniform already: its low half finds the bucket, its high half the shard.
struct text_key_hash {
  [[nodiscard]] std::size_t operator()(const text_key& key) const noexcept { return key.low; }
};

using key_secret = std::array<std::uint64_t, 2>;

/// From the operating system.
[[nodiscard]] key_secret random_secret();

/// SipHash-2-4-128 of `text`; the first half of the reference's output is `low`.
[[nodiscard]] text_key key_of(const key_secret& secret, std::string_view text) noexcept;

/// A secret of one embedder's own, so that the same text has different keys under different embedders.
[[nodiscard]] key_secret secret_for(const key_secret& secret, std::string_view embedder) noexcept;

} // namespace inferenceflow::embedding
