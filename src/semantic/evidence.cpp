#include "semantic/evidence.h"

#include <algorithm>
#include <cmath>

namespace inferenceflow::semantic {

namespace {

// Scales bring each number to about -1 … 1, so that one prior variance suits them.
constexpr double k_similarity_centre = 0.85;
constexpr double k_similarity_scale = 0.1;
constexpr double k_nearly_same_from = 0.95;
constexpr double k_nearly_same_scale = 0.025;
constexpr double k_margin_most = 0.3;
constexpr double k_margin_scale = 0.2;
/// A neighbour's say falls by e with this much less similarity.
constexpr double k_say_falls = 0.05;
constexpr double k_phrasings_centre = 0.7;
constexpr double k_around_scale = 0.3;
constexpr double k_pseudo_observations = 0.5;

double record_odds(double right, double wrong) {
  return 0.5 * std::log((right + k_pseudo_observations) / (wrong + k_pseudo_observations));
}

} // namespace

evidence prior_mean() {
  evidence mean{};
  mean[e_bias] = -1;
  mean[e_similarity] = 1.5;
  mean[e_nearly_same] = 0.5;
  mean[e_margin] = 0.3;
  mean[e_share] = 1;
  mean[e_phrasings] = 0.5;
  mean[e_around] = 0.5;
  mean[e_answer_record] = 0.5;
  const auto words = prior_of_wording();
  std::copy(words.begin(), words.end(), mean.begin() + e_wording);
  return mean;
}

evidence prior_variance() {
  evidence variance;
  variance.fill(0.5);
  variance[e_bias] = 1.5;
  return variance;
}

std::vector<candidate> candidates_of(std::span<const neighbour> near) {
  near = near.first(std::min(near.size(), k_neighbours_max));
  std::vector<candidate> found;
  if (near.empty()) {
    return found;
  }
  std::array<double, k_neighbours_max> say{};
  double all_say = 0;
  record around;
  for (std::size_t i = 0; i < near.size(); ++i) {
    say[i] = std::exp((near[i].similarity - near.front().similarity) / k_say_falls);
    all_say += say[i];
    around.right += static_cast<float>(say[i]) * near[i].own.right;
    around.wrong += static_cast<float>(say[i]) * near[i].own.wrong;
  }
  for (const neighbour& nearest : near) {
    const auto same = [&](const candidate& other) { return other.answer == nearest.answer; };
    if (found.size() == k_candidates_max || std::any_of(found.begin(), found.end(), same)) {
      continue;
    }
    double share = 0;
    double phrasings = 0;
    double other_similarity = nearest.similarity - k_margin_most;
    bool other_seen = false;
    for (std::size_t i = 0; i < near.size(); ++i) {
      if (near[i].answer == nearest.answer) {
        share += say[i];
        phrasings += 1;
      } else if (!other_seen) {
        other_similarity = near[i].similarity;
        other_seen = true;
      }
    }
    candidate made{.entry = nearest.entry, .answer = nearest.answer, .similarity = nearest.similarity, .seen = {}};
    const double similarity = nearest.similarity;
    made.seen[e_bias] = 1;
    made.seen[e_similarity] = (similarity - k_similarity_centre) / k_similarity_scale;
    made.seen[e_nearly_same] = std::max(0.0, similarity - k_nearly_same_from) / k_nearly_same_scale;
    made.seen[e_margin] = std::clamp(similarity - other_similarity, -k_margin_most, k_margin_most) / k_margin_scale;
    made.seen[e_share] = share / all_say - 0.5;
    made.seen[e_phrasings] = std::log1p(phrasings) - k_phrasings_centre;
    made.seen[e_around] = record_odds(around.right, around.wrong);
    made.seen[e_answer_record] = record_odds(nearest.answers.right, nearest.answers.wrong);
    made.seen[e_around_count] = k_around_scale * std::log1p(around.right + around.wrong);
    found.push_back(made);
  }
  return found;
}

void add_wording(candidate& to, const wording& words) {
  std::copy(words.features.begin(), words.features.end(), to.seen.begin() + e_wording);
}

} // namespace inferenceflow::semantic
