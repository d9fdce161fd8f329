/// Which of a cluster's 16,384 slots a key belongs to.
///
/// Role:      command computes it once; slot_map says who owns it.
/// Lifecycle: free functions.
/// Threading: reentrant.
/// Bounds:    none.
/// Source:    Redis cluster specification, "Key distribution model": CRC-16/XMODEM of the hash tag, modulo 16384.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace inferenceflow::redis {

inline constexpr std::size_t k_slots = 16'384;

/// CRC-16 with polynomial 0x1021, start 0, nothing reflected.
[[nodiscard]] std::uint16_t crc16(std::string_view bytes) noexcept;

/// The part of a key that decides: what stands between the first { and the next }, unless that is empty; else all of
/// it.
[[nodiscard]] std::string_view hash_tag(std::string_view key) noexcept;

/// @returns 0 to k_slots - 1.
[[nodiscard]] std::uint16_t slot_of(std::string_view key) noexcept;

} // namespace inferenceflow::redis
