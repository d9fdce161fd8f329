#include "semantic/verifier.h"

#include <algorithm>

namespace inferenceflow::semantic {

namespace {
constexpr double k_caution_deviations = 1;
/// An audit stands for the served requests like it; more weight than this would make one audit the whole truth.
constexpr double k_weight_max = 4;
} // namespace

decision verifier::decide(std::span<const candidate> found, const offsets& of, double uniform) {
  budget_.count_request();
  decision taken;
  for (const candidate& each : found) {
    const auto [entry, answer] = of(each);
    const log_odds odds = belief_.predict(each.seen, entry, answer);
    weighed one{.of = each, .believed_risk = risk_of(odds), .risk = 1, .cautious_risk = 1};
    one.risk = table_.corrected(one.believed_risk);
    one.cautious_risk = std::max(one.risk, cautious_risk_of(odds, k_caution_deviations));
    taken.candidates.push_back(one);
  }
  std::sort(taken.candidates.begin(), taken.candidates.end(),
            [](const weighed& a, const weighed& b) { return a.cautious_risk < b.cautious_risk; });
  if (taken.candidates.empty() ||
      !budget_.affords(taken.candidates.front().cautious_risk, taken.candidates.front().risk)) {
    return taken;
  }
  taken.looked_at_share = budget_.audit_share(taken.candidates.front().risk);
  taken.what = uniform < taken.looked_at_share ? verdict::audit : verdict::serve;
  if (taken.what == verdict::serve) {
    budget_.spend(taken.candidates.front().risk);
  }
  return taken;
}

void verifier::learn(const decision& taken, const weighed& about, bool right, offset& entry, offset& answer) {
  if (about.of.entry == taken.candidates.front().of.entry) {
    table_.learn(about.believed_risk, !right);
    if (taken.what == verdict::audit) {
      budget_.audited(about.risk, !right);
    }
  }
  belief_.learn(about.of.seen, right, std::min(1 / taken.looked_at_share, k_weight_max), entry, answer);
}

bool verifier::restore(const belief& beliefs, const risk_table& table, const budget_state& budget) {
  if (!budget_.restore(budget)) {
    return false;
  }
  belief_ = beliefs;
  table_ = table;
  return true;
}

} // namespace inferenceflow::semantic
