#include "vectors/row_format.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <numbers>

namespace inferenceflow::vectors {

namespace {

constexpr double k_component_max = 127.0;

const std::int8_t* components(const std::byte* row) {
  return reinterpret_cast<const std::int8_t*>(row + sizeof(float));
}

float inverse_norm(const std::byte* row) {
  float value = 0;
  std::memcpy(&value, row, sizeof value);
  return value;
}

float inverse_norm_of(std::int32_t squared) {
  return static_cast<float>(1.0 / std::sqrt(static_cast<double>(squared)));
}

/// The largest magnitude; not finite when any component is not.
double peak_of(std::span<const float> vector) {
  double peak = 0;
  for (const float component : vector) {
    const double magnitude = std::fabs(static_cast<double>(component));
    if (!(magnitude <= peak)) { // also true for NaN
      peak = magnitude;
      if (!std::isfinite(peak)) {
        return peak;
      }
    }
  }
  return peak;
}

} // namespace

row_format::row_format(std::size_t dimension, dot_kernel dot)
    : dimension_{dimension}
    , padded_{(dimension + k_lane_bytes - 1) / k_lane_bytes * k_lane_bytes}
    , dot_{dot} {}

bool row_format::quantise(std::span<const float> vector, std::byte* row) const {
  const double peak = peak_of(vector);
  if (!std::isfinite(peak) || peak <= 0 || vector.size() != dimension_) {
    return false;
  }
  auto* into = reinterpret_cast<std::int8_t*>(row + sizeof(float));
  const double scale = k_component_max / peak; // double: the smallest floats would make a float overflow
  std::int32_t squared = 0;
  for (std::size_t i = 0; i < dimension_; ++i) {
    const double scaled = static_cast<double>(vector[i]) * scale;
    const auto rounded = static_cast<std::int32_t>(scaled < 0 ? scaled - 0.5 : scaled + 0.5);
    into[i] = static_cast<std::int8_t>(std::clamp(rounded, -127, 127));
    squared += static_cast<std::int32_t>(into[i]) * into[i];
  }
  std::fill(into + dimension_, into + padded_, std::int8_t{0});
  const float inverse = inverse_norm_of(squared);
  std::memcpy(row, &inverse, sizeof inverse);
  return true;
}

float row_format::similarity(const std::byte* a, const std::byte* b) const {
  const auto dot = static_cast<float>(dot_(components(a), components(b), padded_));
  return std::clamp(dot * (inverse_norm(a) * inverse_norm(b)), -1.0F, 1.0F);
}

bool row_format::valid(const std::byte* row) const {
  const auto* values = components(row);
  const bool in_range = std::all_of(values, values + padded_, [](std::int8_t value) { return value != -128; });
  const bool padding_zero = std::all_of(values + dimension_, values + padded_, [](std::int8_t v) { return v == 0; });
  if (!in_range || !padding_zero) {
    return false;
  }
  const std::int32_t squared = dot_(values, values, padded_);
  return squared > 0 &&
         std::bit_cast<std::uint32_t>(inverse_norm(row)) == std::bit_cast<std::uint32_t>(inverse_norm_of(squared));
}

double cosine_error_max(std::span<const float> vector) {
  const double peak = peak_of(vector);
  double squared = 0;
  double lost = 0;
  for (const float component : vector) {
    const double value = static_cast<double>(component);
    const double kept = std::round(value * k_component_max / peak) * peak / k_component_max;
    squared += value * value;
    lost += (value - kept) * (value - kept);
  }
  return std::numbers::sqrt2 * std::sqrt(lost / squared);
}

} // namespace inferenceflow::vectors
