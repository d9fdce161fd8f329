/// Dot product of two int8 vectors: plain and AVX2, the same integers from both.
///
/// Role:      row_format compares rows with one; the benchmark compares the kernels.
/// Lifecycle: plain functions.
/// Threading: no state.
/// Bounds:    exact for components in [-127, 127] and up to 2^31 / 127² of them.
/// Source:    Intel Intrinsics Guide: _mm256_sign_epi8, _mm256_maddubs_epi16, _mm256_madd_epi16.
#pragma once

#include <cstddef>
#include <cstdint>

namespace inferenceflow::vectors {

/// Every kernel takes vectors whose length is a multiple of this.
inline constexpr std::size_t k_lane_bytes = 32;

/// @param a, b   [count] int8, each in [-127, 127], no alignment needed.
/// @param count  a multiple of k_lane_bytes.
using dot_kernel = std::int32_t (*)(const std::int8_t* a, const std::int8_t* b, std::size_t count) noexcept;

[[nodiscard]] std::int32_t dot_plain(const std::int8_t* a, const std::int8_t* b, std::size_t count) noexcept;

/// The fastest kernel that this processor can run; decided by the processor, not by the compiler's flags.
[[nodiscard]] dot_kernel fastest_dot_kernel() noexcept;

/// "avx2" or "plain": what fastest_dot_kernel() gives here.
[[nodiscard]] const char* fastest_dot_kernel_name() noexcept;

} // namespace inferenceflow::vectors
