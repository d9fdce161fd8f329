/// Vectors as rows of bytes: one float and int8 components, compared by cosine.
///
/// Role:      containers store and compare rows of this form; only this file knows what is in one.
/// Lifecycle: plain value, fixed by the dimension.
/// Threading: immutable; no shared state.
/// Bounds:    1 to k_dimension_max components.
/// Source:    symmetric scalar quantisation with one scale per vector; bound on its error: cosine_error_max().
///
/// A row is [float inverse_norm][int8 components, zero-padded to a multiple of k_lane_bytes]. A component is the
/// original one times 127 / (largest magnitude), rounded, so it is never -128, which the kernels rely on. The cosine of
/// two rows is exactly that of the two integer vectors: equal inputs have similarity 1, and errors shrink towards it.
#pragma once

#include "vectors/dot_kernels.h"

#include <cstddef>
#include <cstdint>
#include <span>

namespace inferenceflow::vectors {

/// Longest vectors taken; 127² × this stays within an int32.
inline constexpr std::size_t k_dimension_max = 8192;

class row_format {
public:
  /// @param dimension  components of a vector, 1 to k_dimension_max (asserted by the owner, vector_index::make()).
  /// @param dot        kernel to compare with; all kernels give the same integers.
  explicit row_format(std::size_t dimension, dot_kernel dot = fastest_dot_kernel());

  [[nodiscard]] std::size_t dimension() const { return dimension_; }
  /// Bytes of one row, a multiple of 4.
  [[nodiscard]] std::size_t row_bytes() const { return sizeof(float) + padded_; }

  /// Writes `vector` as a row.
  /// @param vector  [dimension()] float32; any length but zero, since only its direction is kept.
  /// @param row     [row_bytes()], aligned to 4.
  /// @returns false, with `row` in no particular state, when a component is not finite or all are zero.
  [[nodiscard]] bool quantise(std::span<const float> vector, std::byte* row) const;

  /// Cosine of two rows, in [-1, 1].
  [[nodiscard]] float similarity(const std::byte* a, const std::byte* b) const;

  /// Whether `row`, read from outside, is one that quantise() could have written.
  [[nodiscard]] bool valid(const std::byte* row) const;

private:
  std::size_t dimension_;
  std::size_t padded_;
  dot_kernel dot_;
};

/// What quantising `vector` can move any cosine with it, at most; add the bounds of both sides. Rounding takes a share
/// δ of the length, which turns the vector by at most asin δ, and the tips of two unit vectors so far apart are less
/// than √2 δ from each other. Typical errors are ten to fifty times smaller, since rounding goes both ways.
/// @param vector  [n] float32, finite, not all zero.
[[nodiscard]] double cosine_error_max(std::span<const float> vector);

} // namespace inferenceflow::vectors
