/// HMAC-SHA256 over several pieces, and the 32 bytes that are its keys and its results.
///
/// Role:      tenant_secret derives secrets and names with it, entry_codec seals entries with it.
/// Lifecycle: plain values and pure functions.
/// Threading: reentrant.
/// Bounds:    none of its own. What OpenSSL cannot compute (no memory) ends the process: a code that is made up of
/// zeros
///            would let forged entries in.
/// Source:    RFC 2104, FIPS 180-4.
#pragma once

#include <array>
#include <cstddef>
#include <initializer_list>
#include <string>
#include <string_view>

namespace inferenceflow::cache {

inline constexpr std::size_t k_secret_bytes = 32;
using secret_bytes = std::array<unsigned char, k_secret_bytes>;

/// HMAC-SHA256 of the pieces as one text: the caller sees to it that their borders cannot be shifted (fixed lengths, or
/// a length in front).
[[nodiscard]] secret_bytes keyed_hash(const secret_bytes& key, std::initializer_list<std::string_view> pieces) noexcept;

/// Compares in a time that tells nothing of where they differ.
/// @param right  any length; another one than 32 is unequal.
[[nodiscard]] bool equal_in_constant_time(const secret_bytes& left, std::string_view right) noexcept;

[[nodiscard]] inline std::string_view view_of(const secret_bytes& bytes) noexcept {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// 64 lower-case hex digits.
[[nodiscard]] std::string to_hex(const secret_bytes& bytes);

} // namespace inferenceflow::cache
