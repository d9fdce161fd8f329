#include "quality/linear_model.h"

#include "quality/file_parts.h"

#include <algorithm>
#include <cmath>

namespace inferenceflow::quality {

dense_scale dense_scale::make(const design& from, std::span<const std::uint32_t> subset) {
  dense_scale made;
  made.mean.assign(k_dense, 0);
  made.scale.assign(k_dense, 0);
  const auto count = static_cast<double>(subset.size());
  for (std::size_t place = 0; place < k_dense; ++place) {
    double sum = 0;
    double squares = 0;
    for (const std::uint32_t row : subset) {
      const double x = static_cast<double>(from.dense[row * k_dense + place]);
      sum += x;
      squares += x * x;
    }
    const double mean = sum / count;
    const double variance = std::max(0.0, squares / count - mean * mean);
    made.mean[place] = static_cast<float>(mean);
    made.scale[place] = variance > 1e-10 ? static_cast<float>(1 / std::sqrt(variance)) : 0;
  }
  return made;
}

float dense_scale::at(std::size_t place, float value) const noexcept {
  return std::clamp((value - mean[place]) * scale[place], -k_spread_max, k_spread_max);
}

bool linear_model::score(const seen& asked, std::span<float> out) const {
  const std::size_t models = parts_.models;
  std::array<float, k_models_max> sums{};
  for (const std::uint16_t word : asked.words) {
    const std::size_t slot = parts_.slots[word];
    if (slot == 0) {
      continue;
    }
    const float* weights = parts_.weights.data() + (slot - 1) * models;
    for (std::size_t m = 0; m < models; ++m) {
      sums[m] += weights[m];
    }
  }
  const float norm = asked.words.empty() ? 0.0F : 1 / std::sqrt(static_cast<float>(asked.words.size()));
  for (std::size_t m = 0; m < models; ++m) {
    sums[m] = sums[m] * norm + parts_.intercepts[m];
  }
  const float* weights = parts_.dense_weights.data();
  for (std::size_t place = 0; place < k_dense; ++place, weights += models) {
    const float x = k_dense_part * parts_.scaled.at(place, asked.dense[place]);
    for (std::size_t m = 0; m < models; ++m) {
      sums[m] += x * weights[m];
    }
  }
  if (asked.vector.size() == parts_.dimensions) {
    for (const float x : asked.vector) {
      for (std::size_t m = 0; m < models; ++m) {
        sums[m] += x * weights[m];
      }
      weights += models;
    }
  }
  std::copy_n(sums.begin(), models, out.begin());
  return true;
}

void linear_model::write(vectors::index_writer& into) const {
  into.number<std::uint32_t>(parts_.dimensions);
  put(into, parts_.scaled.mean);
  put(into, parts_.scaled.scale);
  put(into, parts_.slots);
  put(into, parts_.weights);
  put(into, parts_.dense_weights);
  put(into, parts_.intercepts);
}

std::unique_ptr<scorer> linear_model::read(vectors::index_reader& from, std::size_t models) {
  linear_parts parts;
  parts.models = static_cast<std::uint32_t>(models);
  if (!from.number(parts.dimensions) || parts.dimensions > k_dimensions_max || !get(from, parts.scaled.mean) ||
      !get(from, parts.scaled.scale) || !get(from, parts.slots) || !get(from, parts.weights) ||
      !get(from, parts.dense_weights) || !get(from, parts.intercepts)) {
    return nullptr;
  }
  const bool sizes = parts.scaled.mean.size() == k_dense && parts.scaled.scale.size() == k_dense &&
                     parts.slots.size() == k_hash_slots && parts.weights.size() % models == 0 &&
                     parts.dense_weights.size() == (k_dense + parts.dimensions) * models &&
                     parts.intercepts.size() == models;
  const std::size_t words = parts.weights.size() / models;
  if (!sizes || std::any_of(parts.slots.begin(), parts.slots.end(), [&](std::uint16_t slot) { return slot > words; }) ||
      !all_finite(parts.scaled.mean) || !all_finite(parts.scaled.scale) || !all_finite(parts.weights) ||
      !all_finite(parts.dense_weights) || !all_finite(parts.intercepts)) {
    return nullptr;
  }
  return std::make_unique<linear_model>(std::move(parts));
}

} // namespace inferenceflow::quality
