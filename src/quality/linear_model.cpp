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

linear_model::linear_model(linear_parts parts)
    : parts_(std::move(parts))
    , blocks_((parts_.models + k_lanes - 1) / k_lanes) {
  const std::size_t words = parts_.weights.size() / parts_.models;
  lanes_.assign(words * blocks_ * k_lanes, 0);
  for (std::size_t word = 0; word < words; ++word) {
    std::copy_n(parts_.weights.begin() + static_cast<std::ptrdiff_t>(word * parts_.models), parts_.models,
                lanes_.begin() + static_cast<std::ptrdiff_t>(word * blocks_ * k_lanes));
  }
}

bool linear_model::score(const seen& asked, std::span<float> out) const {
  const std::size_t models = parts_.models;
  // First which rows, then their sums: the rows are on their way from memory while others are looked up.
  std::array<std::uint16_t, k_hashed_max> rows; // NOLINT(cppcoreguidelines-pro-type-member-init): `count` are set
  std::size_t count = 0;
  for (const std::uint16_t word : asked.words) {
    const std::uint16_t slot = parts_.slots[word];
    rows[count] = slot;
    __builtin_prefetch(lanes_.data() + (slot == 0 ? 0U : slot - 1U) * blocks_ * k_lanes);
    count += slot == 0 ? 0U : 1U;
  }
  std::array<float, k_models_max + k_lanes> sums{};
  for (std::size_t block = 0; block < blocks_; ++block) {
    std::array<float, k_lanes> lane{};
    for (std::size_t i = 0; i < count; ++i) {
      const float* row = lanes_.data() + (rows[i] - std::size_t{1}) * blocks_ * k_lanes + block * k_lanes;
      for (std::size_t m = 0; m < k_lanes; ++m) {
        lane[m] += row[m];
      }
    }
    std::copy(lane.begin(), lane.end(), sums.begin() + static_cast<std::ptrdiff_t>(block * k_lanes));
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
                     parts.weights.size() / models <= k_hash_slots &&
                     parts.dense_weights.size() == (k_dense + parts.dimensions) * models &&
                     parts.intercepts.size() == models;
  const std::size_t words = parts.weights.size() / models;
  if (!sizes || std::any_of(parts.slots.begin(), parts.slots.end(), [&](std::uint16_t slot) { return slot > words; }) ||
      !all_trained(parts.scaled.mean) || !all_trained(parts.scaled.scale) || !all_trained(parts.weights) ||
      !all_trained(parts.dense_weights) || !all_trained(parts.intercepts)) {
    return nullptr;
  }
  return std::make_unique<linear_model>(std::move(parts));
}

} // namespace inferenceflow::quality
