/// The predictor that a router file holds: some scorers, mixed, each model's mixture calibrated.
///
/// Role:      the trainer makes it, router_file keeps it, routing/choice asks it.
/// Lifecycle: make → predict()*; immutable.
/// Threading: thread-safe.
/// Bounds:    k_scorers_max scorers, k_models_max models.
#pragma once

#include "quality/predictor.h"
#include "quality/scorer.h"
#include "statistics/isotonic.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace inferenceflow::quality {

inline constexpr std::size_t k_scorers_max = 16;

/// How one way of predicting did in cross-validation.
struct candidate_score {
  std::string name;
  double gain = 0;          ///< pairwise_gain(), out of fold
  double gain_error = 0;    ///< standard error of it
  double squared_error = 0; ///< mean over rows and models
  double best_quality = 0;  ///< mean score of the model that looks best
  bool chosen = false;
};

/// What a router was made from; for people.
struct training_facts {
  std::string date; ///< as the caller gave it
  std::uint64_t rows = 0;
  std::uint64_t folds = 0;
  std::uint64_t seed = 0;
  std::uint64_t left_out = 0;              ///< lines that could not be used
  std::vector<std::string> dropped_models; ///< had too few scores
  std::vector<float> mean_scores;          ///< [models]
  std::vector<candidate_score> candidates;
};

/// Scorers with their shares, and what their mixture is worth per model.
struct mixture {
  std::vector<std::uint32_t> members;                ///< places in `scorers`
  std::vector<float> shares;                         ///< of each member; sum 1
  std::vector<statistics::monotone_map> calibration; ///< [models]
  std::vector<float> calibration_rows;               ///< [models], how many observations stand behind each
  std::string name;
};

/// Expected output tokens: exp(at_mean + slope · (log(1 + bytes) - log_bytes)) · smear.
struct token_line {
  float at_mean = 0;
  float slope = 0;
  float smear = 0; ///< 0 = unknown
};

struct router_parts {
  std::vector<std::string> models;
  std::string space;            ///< of the vectors; may be empty where the file did not say
  std::uint32_t dimensions = 0; ///< of vectors; 0 = reads none
  std::vector<std::unique_ptr<scorer>> scorers;
  mixture text;   ///< without a vector; its members read none
  mixture vector; ///< with one; no members = as `text`
  float log_bytes = 0;
  std::vector<token_line> tokens; ///< [models]
  training_facts facts;
};

class router final : public predictor {
public:
  explicit router(router_parts parts);

  [[nodiscard]] std::span<const std::string> models() const noexcept override { return parts_.models; }
  [[nodiscard]] std::string_view space() const noexcept override {
    return parts_.vector.members.empty() ? std::string_view{} : parts_.space;
  }
  [[nodiscard]] std::string_view name() const noexcept override {
    return parts_.vector.members.empty() ? parts_.text.name : parts_.vector.name;
  }
  void predict_from(const features& read, std::span<const float> vector, std::span<estimate> out) const override;

  /// The same from features that are there already. @param with_vector  use asked.vector.
  void predict_seen(const seen& asked, bool with_vector, std::span<estimate> out) const;

  [[nodiscard]] const router_parts& parts() const noexcept { return parts_; }

private:
  void fill(const seen& asked, const mixture& from, std::span<estimate> out) const;

  router_parts parts_;
};

} // namespace inferenceflow::quality
