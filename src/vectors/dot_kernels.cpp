#include "vectors/dot_kernels.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace inferenceflow::vectors {

namespace {

#if defined(__x86_64__)

// |a| as unsigned times b with a's sign, added in pairs: 2 × 127² fits an int16, so nothing saturates.
__attribute__((target("avx2"))) std::int32_t dot_avx2(const std::int8_t* a, const std::int8_t* b,
                                                      std::size_t count) noexcept {
  const __m256i ones = _mm256_set1_epi16(1);
  __m256i sums = _mm256_setzero_si256();
  for (std::size_t i = 0; i < count; i += k_lane_bytes) {
    const __m256i left = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(a + i));
    const __m256i right = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(b + i));
    const __m256i pairs = _mm256_maddubs_epi16(_mm256_abs_epi8(left), _mm256_sign_epi8(right, left));
    sums = _mm256_add_epi32(sums, _mm256_madd_epi16(pairs, ones));
  }
  __m128i low = _mm_add_epi32(_mm256_castsi256_si128(sums), _mm256_extracti128_si256(sums, 1));
  low = _mm_add_epi32(low, _mm_shuffle_epi32(low, 0x4E));
  low = _mm_add_epi32(low, _mm_shuffle_epi32(low, 0xB1));
  return _mm_cvtsi128_si32(low);
}

bool has_avx2() noexcept {
  return __builtin_cpu_supports("avx2") != 0;
}

#endif

} // namespace

std::int32_t dot_plain(const std::int8_t* a, const std::int8_t* b, std::size_t count) noexcept {
  std::int32_t sum = 0;
  for (std::size_t i = 0; i < count; ++i) {
    sum += static_cast<std::int32_t>(a[i]) * b[i];
  }
  return sum;
}

dot_kernel fastest_dot_kernel() noexcept {
#if defined(__x86_64__)
  if (has_avx2()) {
    return dot_avx2;
  }
#endif
  return dot_plain;
}

const char* fastest_dot_kernel_name() noexcept {
  return fastest_dot_kernel() == dot_plain ? "plain" : "avx2";
}

} // namespace inferenceflow::vectors
