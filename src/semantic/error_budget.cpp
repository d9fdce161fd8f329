#include "semantic/error_budget.h"

#include <algorithm>
#include <cmath>

namespace inferenceflow::semantic {

namespace {

/// Of the number of wrong answers around its expectation: holds for the count (2) and for an interval around it (2).
constexpr double k_deviations = 4;
/// Of the audits' own count.
constexpr double k_audit_deviations = 1.3;
constexpr double k_audit_share_min = 0.03;
constexpr double k_audit_share_max = 0.3;
/// Of the share, for answers that are very sure.
constexpr double k_audit_least = 0.2;
/// After this many audits the share has fallen by the square root of two.
constexpr double k_audits_warm_up = 20;

constexpr std::uint64_t k_adjust_every = 32; ///< requests
constexpr double k_adjust_by = 0.06;         ///< of the ceiling, at most
constexpr double k_recent_requests = 1'000;  ///< over which the pace of spending is taken
constexpr double k_catch_up = 4;
constexpr double k_ceiling_start = 3;    ///< times error_max
constexpr double k_ceiling_least = 0.1;  ///< times error_max
constexpr double k_ceiling_most = 20;    ///< times error_max, and k_ceiling_of_all
constexpr double k_ceiling_of_all = 0.5; ///< an answer that is more likely wrong than right is never served

} // namespace

error_budget::error_budget(double error_max)
    : error_max_(error_max) {
  state_.ceiling = std::min(k_ceiling_start * error_max, ceiling_max());
}

double error_budget::ceiling_max() const {
  return std::min(k_ceiling_most * error_max_, k_ceiling_of_all);
}

/// Wrong answers for each one expected, as the audits have it.
double error_budget::worse_than_believed() const {
  const double seen = state_.audits_wrong + 1 + k_audit_deviations * std::sqrt(state_.audits_wrong);
  return std::max(1.0, seen / (state_.audits_expected + 0.7));
}

double error_budget::wrongs_at_most(double spent) const {
  const double expected = spent * worse_than_believed();
  return expected + k_deviations * std::sqrt(expected);
}

void error_budget::count_request() {
  ++state_.requests;
  state_.pace -= state_.pace / k_recent_requests;
  if (state_.requests % k_adjust_every != 0) {
    return;
  }
  // What is left of the bound says how fast to go on: k_catch_up times the income when nothing was spent, none when all
  // was.
  const double earned = error_max_ * static_cast<double>(state_.requests);
  const double left = std::clamp(1 - wrongs_at_most(state_.spent) / earned, 0.0, 1.0);
  const double wanted = k_catch_up * left * error_max_ + error_max_ * k_ceiling_least;
  const double lacking = std::clamp(1 - state_.pace * worse_than_believed() / wanted, -1.0, 1.0);
  state_.ceiling =
      std::clamp(state_.ceiling * (1 + k_adjust_by * lacking), k_ceiling_least * error_max_, ceiling_max());
}

bool error_budget::affords(double cautious_risk, double risk) const {
  return cautious_risk <= state_.ceiling &&
         wrongs_at_most(state_.spent + risk) <= error_max_ * static_cast<double>(state_.requests);
}

double error_budget::audit_share(double risk) const {
  const double warm = k_audit_share_max / std::sqrt(1 + static_cast<double>(state_.audits) / k_audits_warm_up);
  return std::max(k_audit_share_min, warm * std::clamp(std::sqrt(risk / error_max_), k_audit_least, 1.0));
}

void error_budget::spend(double risk) {
  ++state_.served;
  state_.spent += risk;
  state_.pace += risk / k_recent_requests;
}

void error_budget::audited(double risk, bool wrong) {
  ++state_.audits;
  state_.audits_expected += risk;
  state_.audits_wrong += wrong ? 1 : 0;
}

double error_budget::bound() const {
  return state_.requests == 0 ? 0 : wrongs_at_most(state_.spent) / static_cast<double>(state_.requests);
}

void error_budget::set_error_max(double error_max) {
  error_max_ = error_max;
  state_.ceiling = std::clamp(state_.ceiling, k_ceiling_least * error_max, ceiling_max());
}

bool error_budget::restore(const budget_state& saved) {
  const bool finite = std::isfinite(saved.spent) && std::isfinite(saved.audits_expected) &&
                      std::isfinite(saved.audits_wrong) && std::isfinite(saved.pace) && std::isfinite(saved.ceiling);
  if (!finite || saved.spent < 0 || saved.audits_expected < 0 || saved.audits_wrong < 0 || saved.pace < 0 ||
      saved.ceiling <= 0 || saved.served > saved.requests || saved.audits_wrong > static_cast<double>(saved.audits)) {
    return false;
  }
  state_ = saved;
  set_error_max(error_max_);
  return true;
}

} // namespace inferenceflow::semantic
