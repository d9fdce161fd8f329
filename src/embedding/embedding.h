/// One text as a point on the unit sphere, and the model that put it there.
///
/// Role:      embedders make them; the semantic cache compares them.
/// Lifecycle: immutable once shared.
/// Threading: value; shared ones are const.
/// Bounds:    k_dimensions_max floats.
#pragma once

#include "base/error.h"

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace inferenceflow::embedding {

/// No known model has longer vectors; a longer answer is refused.
inline constexpr std::size_t k_dimensions_max = 16'384;

struct text_vector {
  /// Identity of the model. Vectors are comparable only when their spaces are equal; it holds across restarts and
  /// machines. Never empty.
  std::string space;
  std::vector<float> values; ///< [dimensions], L2-normalised
  /// Only the beginning of the text fitted the model: the vector says nothing about the rest, so nothing may be
  /// answered from it.
  bool cut = false;

  /// What it occupies, for bounds.
  [[nodiscard]] std::size_t charged_bytes() const {
    return sizeof(text_vector) + values.size() * sizeof(float) + space.size();
  }
};

using vector_ptr = std::shared_ptr<const text_vector>;

/// Scales `values` to length 1.
/// @returns upstream_failed when there are none, more than k_dimensions_max, one is not finite, or all are zero.
[[nodiscard]] result<void> normalise(std::vector<float>& values);

/// Cosine of the angle between two vectors of unit length, in [-1, 1].
/// @pre both have the same length and the same space.
[[nodiscard]] float cosine(std::span<const float> a, std::span<const float> b);

} // namespace inferenceflow::embedding
