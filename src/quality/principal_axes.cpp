#include "quality/forest_fit.h"

#include <algorithm>
#include <cmath>
#include <random>

namespace inferenceflow::quality {

namespace {

constexpr int k_rounds = 12;
/// More rows than this tell nothing new about the directions.
constexpr std::size_t k_rows_looked_at = 4000;

/// Gram-Schmidt, in place; a row that vanishes stays zero.
void make_orthonormal(std::vector<float>& axes, std::size_t dimensions) {
  for (std::size_t a = 0; a * dimensions < axes.size(); ++a) {
    float* row = axes.data() + a * dimensions;
    for (std::size_t b = 0; b <= a; ++b) {
      const float* other = axes.data() + b * dimensions;
      double dot = 0;
      for (std::size_t i = 0; i < dimensions; ++i) {
        dot += static_cast<double>(row[i]) * static_cast<double>(other[i]);
      }
      if (b == a) {
        const auto scale = dot > 1e-20 ? static_cast<float>(1 / std::sqrt(dot)) : 0.0F;
        for (std::size_t i = 0; i < dimensions; ++i) {
          row[i] *= scale;
        }
      } else {
        for (std::size_t i = 0; i < dimensions; ++i) {
          row[i] -= static_cast<float>(dot) * other[i];
        }
      }
    }
  }
}

} // namespace

void principal_axes(const design& from, std::span<const std::uint32_t> subset, std::uint64_t seed,
                    std::vector<float>& centre, std::vector<float>& axes) {
  const std::size_t dimensions = from.dimensions;
  const std::size_t step = std::max<std::size_t>(1, subset.size() / k_rows_looked_at);
  centre.assign(dimensions, 0);
  std::size_t count = 0;
  for (std::size_t at = 0; at < subset.size(); at += step, ++count) {
    const auto vector = from.row(subset[at]).vector;
    for (std::size_t i = 0; i < dimensions; ++i) {
      centre[i] += vector[i];
    }
  }
  for (float& x : centre) {
    x /= static_cast<float>(count);
  }

  std::mt19937_64 random{seed};
  axes.resize(k_reduced * dimensions);
  for (float& x : axes) {
    x = static_cast<float>(static_cast<double>(random() >> 11U) * 0x1.0p-53 - 0.5);
  }
  make_orthonormal(axes, dimensions);
  std::vector<float> next(axes.size());
  std::vector<float> along(k_reduced);
  std::vector<float> moved(dimensions);
  for (int round = 0; round < k_rounds; ++round) {
    std::fill(next.begin(), next.end(), 0.0F);
    for (std::size_t at = 0; at < subset.size(); at += step) {
      const auto vector = from.row(subset[at]).vector;
      for (std::size_t i = 0; i < dimensions; ++i) {
        moved[i] = vector[i] - centre[i];
      }
      reduce(vector, centre, axes, along.data());
      for (std::size_t axis = 0; axis < k_reduced; ++axis) {
        float* into = next.data() + axis * dimensions;
        for (std::size_t i = 0; i < dimensions; ++i) {
          into[i] += along[axis] * moved[i];
        }
      }
    }
    axes.swap(next);
    make_orthonormal(axes, dimensions);
  }
}

} // namespace inferenceflow::quality
