#include "escalation/trust.h"

#include "escalation/logistic.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

namespace inferenceflow::escalation {

namespace {

constexpr std::size_t k_numbers = 7;
/// From the mean; none of a million rows can be farther from theirs than a thousand.
constexpr double k_spreads_max = 1e4;

/// Share of the logistic score in the result: what the map puts on one level is still ordered.
constexpr double k_order_share = 0.01;
/// P(wrong) is never nearer to 0 or 1 than this many rows can tell.
constexpr double k_rows_of_doubt = 2;

/// Probabilities add up as log odds do, as far as what they come from is independent.
std::optional<double> log_odds(const std::optional<double>& probability) {
  constexpr double k_surest = 0.999;
  if (!probability || !std::isfinite(*probability)) {
    return std::nullopt;
  }
  const double tamed = std::clamp(*probability, 1 - k_surest, k_surest);
  return std::log(tamed / (1 - tamed));
}

std::array<std::optional<double>, k_numbers> numbers_of(const signals& seen) {
  return {seen.logprob_mean, seen.logprob_min,     seen.margin,           seen.entropy,
          seen.agreement,    log_odds(seen.score), log_odds(seen.support)};
}

} // namespace

trust trust::prior() {
  trust made;
  // Means are what an absent signal counts as; a hand-set answer of these means is wrong one time in four.
  made.scaling_.mean = {-0.3, -3, 0.7, 0.2, 0.8, 1.4, 0};
  made.scaling_.spread.fill(1);
  made.common_ = {-2, -0.15, -2.5, 2.5, -4, -0.5, -0.7};
  constexpr std::size_t k_flags = 2 * k_numbers;
  made.common_[k_flags] = 5;     // format broken
  made.common_[k_flags + 1] = 2; // refusal
  made.common_[k_flags + 2] = 7; // empty
  made.common_[k_flags + 3] = 1; // cut
  made.wrong_share_ = 0.25;
  made.common_.back() = std::log(made.wrong_share_ / (1 - made.wrong_share_));
  return made;
}

/// Order: seven numbers, whether each is absent, then format broken, refusal, empty, cut.
trust::inputs trust::scaled(const signals& seen) const {
  inputs made{};
  const auto numbers = numbers_of(seen);
  for (std::size_t i = 0; i < k_numbers; ++i) {
    const bool known = numbers[i] && std::isfinite(*numbers[i]);
    made[i] =
        known ? std::clamp((*numbers[i] - scaling_.mean[i]) / scaling_.spread[i], -k_spreads_max, k_spreads_max) : 0;
    made[k_numbers + i] = known ? 0 : 1;
  }
  made[2 * k_numbers] = seen.format_valid == false ? 1 : 0;
  made[2 * k_numbers + 1] = seen.refusal ? 1 : 0;
  made[2 * k_numbers + 2] = seen.empty ? 1 : 0;
  made[2 * k_numbers + 3] = seen.cut ? 1 : 0;
  return made;
}

void trust::learn_scaling(std::span<const labelled> rows) {
  scaling_.spread.fill(1);
  for (std::size_t i = 0; i < k_numbers; ++i) {
    double count = 0;
    double sum = 0;
    double squares = 0;
    for (const labelled& row : rows) {
      if (const auto number = numbers_of(row.seen)[i]) {
        ++count;
        sum += *number;
        squares += *number * *number;
      }
    }
    if (count > 0) {
      const double mean = sum / count;
      const double spread = std::sqrt(std::max(0.0, squares / count - mean * mean));
      scaling_.mean[i] = mean;
      scaling_.spread[i] = spread > 1e-9 ? spread : 1;
    }
  }
}

const trust::class_part* trust::part_of(std::string_view label) const {
  const auto found = classes_.find(label);
  return found == classes_.end() ? nullptr : &found->second;
}

double trust::score(const inputs& given, const class_part* part) const {
  return sigmoid(logit_of(given, part == nullptr ? common_ : part->own));
}

double trust::calibrated(double score, const class_part* part) const {
  if (!learnt()) {
    return std::clamp(score, std::numeric_limits<double>::min(), 1 - std::numeric_limits<double>::epsilon());
  }
  const bool own = part != nullptr && !part->map.points().empty();
  const double mapped = own ? part->map.at(score) : map_.at(score);
  const double doubt = 1 / (static_cast<double>(own ? part->rows : rows_) + k_rows_of_doubt);
  return std::clamp((1 - k_order_share) * mapped + k_order_share * score, doubt, 1 - doubt);
}

double trust::p_wrong(const signals& seen, std::string_view label) const {
  const class_part* part = part_of(label);
  return calibrated(score(scaled(seen), part), part);
}

std::vector<judged> judged_by(const trust& how, std::span<const labelled> rows) {
  std::vector<judged> told;
  told.reserve(rows.size());
  for (const auto& row : rows) {
    told.push_back({.p_wrong = how.p_wrong(row.seen), .loss = row.wrong});
  }
  return told;
}

} // namespace inferenceflow::escalation
