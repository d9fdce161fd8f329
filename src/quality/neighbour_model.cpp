#include "quality/neighbour_model.h"

#include "quality/file_parts.h"
#include "statistics/bootstrap.h"

#include <algorithm>
#include <cmath>

namespace inferenceflow::quality {

namespace {

/// Enough to know the distance to the nearest other row.
constexpr std::size_t k_reach_sample = 400;

struct near_row {
  float cosine = 0;
  std::uint32_t row = 0;
};

float reach_of(const vectors::row_format& format, const std::vector<std::byte>& rows, double left_out) {
  const std::size_t count = rows.size() / format.row_bytes();
  const std::size_t step = std::max<std::size_t>(1, count / k_reach_sample);
  std::vector<double> nearest;
  for (std::size_t at = 0; at < count; at += step) {
    float best = -1;
    for (std::size_t other = 0; other < count; ++other) {
      if (other == at) {
        continue;
      }
      best = std::max(
          best, format.similarity(rows.data() + at * format.row_bytes(), rows.data() + other * format.row_bytes()));
    }
    nearest.push_back(static_cast<double>(best));
  }
  std::sort(nearest.begin(), nearest.end());
  return static_cast<float>(statistics::quantile(nearest, left_out));
}

} // namespace

bool neighbour_model::score(const seen& asked, std::span<float> out) const {
  const std::size_t models = parts_.models;
  std::copy_n(parts_.means.begin(), models, out.begin());
  const std::size_t bytes = format_.row_bytes();
  alignas(4) std::array<std::byte, sizeof(float) + k_dimensions_max + vectors::k_lane_bytes> wanted{};
  if (asked.vector.size() != parts_.dimensions || !format_.quantise(asked.vector, wanted.data())) {
    return false;
  }
  const std::size_t count = parts_.rows.size() / bytes;
  std::vector<near_row> near(count);
  for (std::size_t row = 0; row < count; ++row) {
    near[row] = {.cosine = format_.similarity(wanted.data(), parts_.rows.data() + row * bytes),
                 .row = static_cast<std::uint32_t>(row)};
  }
  const std::size_t taken = std::min<std::size_t>(parts_.neighbours, count);
  std::nth_element(near.begin(), near.begin() + static_cast<std::ptrdiff_t>(taken - 1), near.end(),
                   [](const near_row& a, const near_row& b) { return a.cosine > b.cosine; });
  float nearest = -1;
  for (std::size_t i = 0; i < taken; ++i) {
    nearest = std::max(nearest, near[i].cosine);
  }
  if (nearest < parts_.reach) {
    return false;
  }
  std::array<float, k_models_max> sums{};
  float weights = 0;
  for (std::size_t i = 0; i < taken; ++i) {
    const float weight = std::exp(parts_.sharpness * (near[i].cosine - nearest));
    const float* above = parts_.above.data() + std::size_t{near[i].row} * models;
    for (std::size_t m = 0; m < models; ++m) {
      sums[m] += weight * above[m];
    }
    weights += weight;
  }
  for (std::size_t m = 0; m < models; ++m) {
    out[m] += sums[m] / weights;
  }
  return true;
}

void neighbour_model::write(vectors::index_writer& into) const {
  into.number<std::uint32_t>(parts_.dimensions);
  into.number<std::uint32_t>(parts_.neighbours);
  into.number<float>(parts_.sharpness);
  into.number<float>(parts_.reach);
  put(into, parts_.rows);
  put(into, parts_.above);
  put(into, parts_.means);
}

std::unique_ptr<scorer> neighbour_model::read(vectors::index_reader& from, std::size_t models) {
  neighbour_parts parts;
  parts.models = static_cast<std::uint32_t>(models);
  if (!from.number(parts.dimensions) || parts.dimensions == 0 || parts.dimensions > k_dimensions_max ||
      !from.number(parts.neighbours) || parts.neighbours == 0 || !from.number(parts.sharpness) ||
      !from.number(parts.reach) || !get(from, parts.rows) || !get(from, parts.above) || !get(from, parts.means)) {
    return nullptr;
  }
  const vectors::row_format format{parts.dimensions};
  const std::size_t count = parts.rows.size() / format.row_bytes();
  bool fine = parts.sharpness >= 0 && parts.sharpness <= k_trained_max && std::isfinite(parts.reach) && count > 0 &&
              count <= k_kept_max && parts.rows.size() % format.row_bytes() == 0 &&
              parts.above.size() == count * models && parts.means.size() == models && all_trained(parts.above) &&
              all_trained(parts.means);
  for (std::size_t row = 0; fine && row < count; ++row) {
    fine = format.valid(parts.rows.data() + row * format.row_bytes());
  }
  return fine ? std::make_unique<neighbour_model>(std::move(parts)) : nullptr;
}

std::unique_ptr<scorer> fit_neighbours(const design& from, std::span<const std::uint32_t> subset, const targets& wanted,
                                       const neighbour_options& options) {
  neighbour_parts parts;
  parts.models = static_cast<std::uint32_t>(from.models);
  parts.dimensions = static_cast<std::uint32_t>(from.dimensions);
  parts.sharpness = options.sharpness;
  parts.means = wanted.means;
  const vectors::row_format format{from.dimensions};
  const std::size_t step = (subset.size() + neighbour_model::k_kept_max - 1) / neighbour_model::k_kept_max;
  std::size_t count = 0;
  for (std::size_t at = 0; at < subset.size(); at += step) {
    parts.rows.resize((count + 1) * format.row_bytes());
    if (!format.quantise(from.row(subset[at]).vector, parts.rows.data() + count * format.row_bytes())) {
      continue;
    }
    for (std::size_t m = 0; m < from.models; ++m) {
      parts.above.push_back(wanted.shared[at] + wanted.own[at * from.models + m]);
    }
    ++count;
  }
  parts.rows.resize(count * format.row_bytes());
  parts.neighbours =
      static_cast<std::uint32_t>(std::clamp<std::size_t>(options.neighbours, 1, std::max<std::size_t>(1, count)));
  parts.reach = reach_of(format, parts.rows, options.left_out);
  return std::make_unique<neighbour_model>(std::move(parts));
}

} // namespace inferenceflow::quality
