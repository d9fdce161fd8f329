#include "learning/off_policy.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <numeric>

namespace inferenceflow::learning {

namespace {

constexpr double k_sum_off_max = 1e-6; ///< of probabilities from 1
constexpr double k_effective_rows_min = 100;
constexpr double k_unsupported_max = 0.05;
constexpr double k_cut_max = 0.05;

std::string fault_of(const logged_choice& row, std::size_t arms) {
  const auto share = [](double each) { return each >= 0 && each <= 1; };
  if (row.wanted.size() != arms || arms == 0 || arms > k_log_arms_max || row.chosen >= arms ||
      (!row.expected.empty() && row.expected.size() != arms) ||
      (!row.possible.empty() && row.possible.size() != arms)) {
    return fmt::format("arms do not fit: every row has the same number, 1 to {}", k_log_arms_max);
  }
  if (!(row.propensity > 0 && row.propensity <= 1)) {
    return fmt::format("propensity {}; it must be above 0 and at most 1", row.propensity);
  }
  const double sum = std::accumulate(row.wanted.begin(), row.wanted.end(), 0.0);
  if (!std::all_of(row.wanted.begin(), row.wanted.end(), share) || std::abs(sum - 1) > k_sum_off_max) {
    return "the other policy's probabilities do not add up to 1";
  }
  const auto finite = [](double each) { return std::isfinite(each); };
  if (!finite(row.reward) || !std::all_of(row.expected.begin(), row.expected.end(), finite)) {
    return "a reward or an expectation is not finite";
  }
  return !row.possible.empty() && !row.possible[row.chosen] ? "an arm was chosen that was not possible" : std::string{};
}

/// What a row contributes to each estimate.
struct terms {
  double weight = 0;
  double weighted = 0;
  double doubly_robust = 0;
  double unsupported = 0;
};

terms terms_of(const logged_choice& row, double weight_max) {
  terms made;
  made.weight = std::min(row.wanted[row.chosen] / row.propensity, weight_max);
  made.weighted = made.weight * row.reward;
  if (row.expected.empty()) {
    made.doubly_robust = made.weighted;
  } else {
    const double modelled = std::inner_product(row.wanted.begin(), row.wanted.end(), row.expected.begin(), 0.0);
    made.doubly_robust = modelled + made.weight * (row.reward - row.expected[row.chosen]);
  }
  for (std::size_t i = 0; i < row.possible.size(); ++i) {
    made.unsupported += row.possible[i] ? 0 : row.wanted[i];
  }
  return made;
}

judged_value mean_of(const std::vector<double>& values, const off_policy_options& options) {
  judged_value made{.value = std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size())};
  if (const auto range = statistics::bootstrap_mean(values, {.rounds = options.resamples, .seed = options.seed})) {
    made.interval = *range;
  }
  return made;
}

judged_value ratio_of(const std::vector<terms>& rows, const off_policy_options& options) {
  const auto value = [&](const auto& chosen) {
    double weights = 0;
    double earned = 0;
    for (const auto at : chosen) {
      weights += rows[at].weight;
      earned += rows[at].weighted;
    }
    return weights > 0 ? earned / weights : std::nan("");
  };
  std::vector<std::uint32_t> all(rows.size());
  std::iota(all.begin(), all.end(), 0U);
  judged_value made{.value = value(all)};
  const auto range =
      statistics::bootstrap_interval(rows.size(), [&](std::span<const std::uint32_t> chosen) { return value(chosen); },
                                     {.rounds = options.resamples, .seed = options.seed});
  if (range) {
    made.interval = *range;
  }
  return made;
}

std::string doubt_about(const off_policy_report& report) {
  if (report.weight_greatest <= 0) {
    return "the log never chose what the other policy wants; nothing can be said";
  }
  std::string doubt;
  const auto add = [&](const std::string& what) { doubt += (doubt.empty() ? "" : "; ") + what; };
  if (report.unsupported_share > k_unsupported_max) {
    add(fmt::format("{:.0f} % of what the other policy wants could not have been chosen: judged by expectation at best",
                    100 * report.unsupported_share));
  }
  if (report.effective_rows < k_effective_rows_min) {
    add(fmt::format("only {:.0f} rows' worth of evidence", report.effective_rows));
  }
  if (report.cut_share > k_cut_max) {
    add(fmt::format("{:.0f} % of the weights were cut: the policies differ much", 100 * report.cut_share));
  }
  return doubt;
}

} // namespace

result<off_policy_report> judge_policy(std::span<const logged_choice> rows, const off_policy_options& options) {
  const auto refused = [](std::string message) {
    return make_error(error_kind::invalid_request, std::move(message), "log");
  };
  if (rows.empty() || rows.size() > k_log_rows_max) {
    return refused(fmt::format("{} logged decisions; 1 to {} can be judged", rows.size(), k_log_rows_max));
  }
  if (!(options.weight_max >= 1) || options.resamples == 0 ||
      options.resamples > statistics::bootstrap_plan::k_rounds_max) {
    return refused(
        fmt::format("weight_max must be 1 at least, resamples 1 to {}", statistics::bootstrap_plan::k_rounds_max));
  }
  off_policy_report made{.rows = rows.size()};
  std::vector<terms> all;
  std::vector<double> earned;
  std::vector<double> weighted;
  std::vector<double> robust;
  double weights = 0;
  double squares = 0;
  std::size_t cut = 0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (const auto fault = fault_of(rows[i], rows.front().wanted.size()); !fault.empty()) {
      return refused(fmt::format("row {}: {}", i + 1, fault));
    }
    const double whole = rows[i].wanted[rows[i].chosen] / rows[i].propensity;
    cut += whole > options.weight_max ? 1 : 0;
    made.weight_greatest = std::max(made.weight_greatest, whole);
    const terms each = terms_of(rows[i], options.weight_max);
    weights += each.weight;
    squares += each.weight * each.weight;
    made.unsupported_share += each.unsupported;
    earned.push_back(rows[i].reward);
    weighted.push_back(each.weighted);
    robust.push_back(each.doubly_robust);
    all.push_back(each);
  }
  const auto count = static_cast<double>(rows.size());
  made.unsupported_share /= count;
  made.cut_share = static_cast<double>(cut) / count;
  made.effective_rows = squares > 0 ? weights * weights / squares : 0;
  made.logged = mean_of(earned, options);
  made.weighted = mean_of(weighted, options);
  made.doubly_robust = mean_of(robust, options);
  made.self_normalised = weights > 0 ? ratio_of(all, options) : judged_value{};
  made.doubt = doubt_about(made);
  return made;
}

} // namespace inferenceflow::learning
