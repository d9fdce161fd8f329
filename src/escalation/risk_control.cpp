#include "escalation/risk_control.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <vector>

namespace inferenceflow::escalation {

namespace {

/// Against products like 0.05 × 1000 that end just above a whole number.
constexpr double k_rounding = 1e-9;

double log_choose(double of, double taken) {
  return std::lgamma(of + 1) - std::lgamma(taken + 1) - std::lgamma(of - taken + 1);
}

/// Probability that of `marked` among `all`, of which `drawn` are drawn without replacement, at most `most` are drawn.
double drawn_at_most(double most, double all, double marked, double drawn) {
  const double whole = log_choose(all, drawn);
  double sum = 0;
  for (double i = std::max(0.0, drawn + marked - all); i <= std::min({most, marked, drawn}); ++i) {
    sum += std::exp(log_choose(marked, i) + log_choose(all - marked, drawn - i) - whole);
  }
  return std::min(sum, 1.0);
}

/// The bad event: of the first `allowed` + `over` losses in the order of P(wrong), labels and requests together, at
/// most `allowed` are labels, so that `over` requests are lost before the threshold is reached.
double broken_with(double allowed, double labels, const risk_target& target) {
  const double horizon = target.horizon == 0 ? labels : static_cast<double>(target.horizon);
  const double over = std::floor(target.alpha * horizon + k_rounding) + 1;
  const double all = labels + horizon;
  return over > horizon || allowed + over > all ? 0 : drawn_at_most(allowed, all, allowed + over, labels);
}

result<void> check(std::span<const judged> rows, const risk_target& target) {
  const auto refused = [](std::string message, const char* param) {
    return make_error(error_kind::invalid_request, std::move(message), param);
  };
  if (!(target.alpha > 0 && target.alpha < 1)) {
    return refused(fmt::format("alpha is {}; it must lie between 0 and 1", target.alpha), "alpha");
  }
  if (!(target.confidence >= 0 && target.confidence < 1)) {
    return refused(fmt::format("confidence is {}; it must be at least 0 and below 1", target.confidence), "confidence");
  }
  if (rows.size() < k_labels_min) {
    return refused(fmt::format("{} labels; a threshold that keeps a risk needs {} at least", rows.size(), k_labels_min),
                   "labels");
  }
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (!(rows[i].p_wrong >= 0 && rows[i].p_wrong <= 1)) {
      return refused(fmt::format("row {}: P(wrong) is {}; it must lie in [0, 1]", i + 1, rows[i].p_wrong), "labels");
    }
  }
  return {};
}

risk_threshold threshold_of(std::span<const judged> rows, const risk_target& target) {
  risk_threshold found{.labels = rows.size()};
  const auto allowed = losses_allowed(rows.size(), target);
  if (!allowed) {
    return found;
  }
  std::vector<double> lost;
  for (const judged& row : rows) {
    if (row.loss) {
      lost.push_back(row.p_wrong);
    }
  }
  found.serve_below = k_serves_all;
  if (lost.size() > *allowed) {
    const auto first_too_many = lost.begin() + static_cast<std::ptrdiff_t>(*allowed);
    std::nth_element(lost.begin(), first_too_many, lost.end());
    found.serve_below = *first_too_many;
  }
  const auto below = [&](double p_wrong) { return p_wrong < found.serve_below; };
  found.losses = static_cast<std::size_t>(std::count_if(lost.begin(), lost.end(), below));
  const auto served = std::count_if(rows.begin(), rows.end(), [&](const judged& row) { return below(row.p_wrong); });
  found.served_share = static_cast<double>(served) / static_cast<double>(rows.size());
  return found;
}

} // namespace

std::optional<std::size_t> losses_allowed(std::size_t labels, const risk_target& target) {
  const auto count = static_cast<double>(labels);
  // (losses + 1) / (n + 1) ≤ α
  const double most = std::floor(target.alpha * (count + 1) + k_rounding) - 1;
  if (most < 0) {
    return std::nullopt;
  }
  const double broken_max = 1 - target.confidence;
  const auto keeps = [&](double allowed) {
    return target.confidence <= 0 || broken_with(allowed, count, target) <= broken_max;
  };
  if (!keeps(0)) {
    return std::nullopt;
  }
  double kept = 0;
  double broken = most + 1;
  while (broken - kept > 1) {
    const double middle = std::floor((kept + broken) / 2);
    (keeps(middle) ? kept : broken) = middle;
  }
  return static_cast<std::size_t>(kept);
}

result<risk_threshold> control_risk(std::span<const judged> rows, const risk_target& target) {
  if (const auto checked = check(rows, target); !checked) {
    return checked.error();
  }
  return threshold_of(rows, target);
}

} // namespace inferenceflow::escalation
