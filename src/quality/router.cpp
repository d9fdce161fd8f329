#include "quality/router.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace inferenceflow::quality {

namespace {

/// The share of all rows that a level of the calibration rests on, about.
constexpr float k_level_share = 0.05F;
/// As much as a line of training may say. A line through lengths of short prompts goes anywhere for a very long one.
constexpr float k_output_tokens_max = 1e7F;

float output_tokens(const token_line& line, float longer) {
  return line.smear > 0 ? std::min(k_output_tokens_max, line.smear * std::exp(line.at_mean + line.slope * longer)) : 0;
}

} // namespace

router::router(router_parts parts)
    : parts_(std::move(parts)) {}

void router::predict_from(const features& read, std::span<const float> vector, std::span<estimate> out) const {
  const bool with_vector = parts_.dimensions > 0 && vector.size() == parts_.dimensions;
  predict_seen(seen{.words = read.words(), .dense = read.dense, .vector = vector}, with_vector, out);
}

void router::predict_seen(const seen& asked, bool with_vector, std::span<estimate> out) const {
  fill(asked, with_vector && !parts_.vector.members.empty() ? parts_.vector : parts_.text, out);
}

void router::fill(const seen& asked, const mixture& from, std::span<estimate> out) const {
  const std::size_t models = parts_.models.size();
  std::array<float, k_models_max> sums{};
  std::array<float, k_models_max> squares{};
  std::array<float, k_models_max> one; // NOLINT(cppcoreguidelines-pro-type-member-init): score() writes it
  bool known = true;
  for (std::size_t i = 0; i < from.members.size(); ++i) {
    known = parts_.scorers[from.members[i]]->score(asked, std::span{one}.first(models)) && known;
    for (std::size_t m = 0; m < models; ++m) {
      sums[m] += from.shares[i] * one[m];
      squares[m] += from.shares[i] * one[m] * one[m];
    }
  }
  const float log_bytes = asked.dense[static_cast<std::size_t>(mark::bytes)];
  for (std::size_t m = 0; m < models; ++m) {
    const auto quality = static_cast<float>(std::clamp(from.calibration[m].at(static_cast<double>(sums[m])), 0.0, 1.0));
    // What the members disagree about, and what the level that was calibrated rests on.
    const float disagreement = std::max(0.0F, squares[m] - sums[m] * sums[m]);
    const float rows = std::max(1.0F, k_level_share * from.calibration_rows[m]);
    const float even = (quality * rows + 1) / (rows + 2); // never quite sure, whatever the rows say
    const float level = even * (1 - even) / rows;
    out[m] = {.known = known,
              .quality = quality,
              .deviation = std::sqrt(disagreement + level),
              .output_tokens = output_tokens(parts_.tokens[m], log_bytes - parts_.log_bytes)};
  }
}

} // namespace inferenceflow::quality
