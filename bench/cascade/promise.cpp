#include "bench/cascade/promise.h"

#include "bench/cascade/chain.h"
#include "escalation/risk_control.h"

#include <algorithm>
#include <numeric>
#include <random>

namespace inferenceflow::bench {

namespace {

using escalation::judged;

promise resplit(std::vector<judged> rows, double alpha, double confidence, std::uint64_t seed) {
  promise made{.alpha = alpha, .confidence = confidence, .labels = rows.size() / 2};
  std::mt19937_64 draws{seed};
  for (std::size_t i = 0; i < k_resplits; ++i) {
    std::shuffle(rows.begin(), rows.end(), draws);
    const std::span<const judged> labels{rows.data(), made.labels};
    const std::span<const judged> later{rows.data() + made.labels, rows.size() - made.labels};
    const auto found =
        escalation::control_risk(labels, {.alpha = alpha, .confidence = confidence, .horizon = later.size()});
    if (!found) {
      made.fault = found.error().message;
      return made;
    }
    double lost = 0;
    double served = 0;
    for (const judged& each : later) {
      const bool below = each.p_wrong < found->serve_below;
      served += below ? 1 : 0;
      lost += below && each.loss ? 1 : 0;
    }
    const auto count = static_cast<double>(later.size());
    made.kept += lost / count <= alpha ? 1.0 / k_resplits : 0;
    made.risk += lost / count / k_resplits;
    made.served += served / count / k_resplits;
  }
  return made;
}

} // namespace

std::vector<promise> promises_of(const recorded_set& set, std::size_t cheap, std::uint64_t seed) {
  std::vector<std::uint32_t> groups(set.groups);
  std::iota(groups.begin(), groups.end(), 0U);
  std::mt19937_64 draws{seed};
  std::shuffle(groups.begin(), groups.end(), draws);
  std::vector<bool> learns(set.groups);
  std::for_each(groups.begin(), groups.begin() + set.groups / 3, [&](std::uint32_t each) { learns[each] = true; });

  std::vector<std::size_t> from;
  std::vector<std::size_t> rest;
  std::vector<bool> taken(set.groups); // one row per group: resplits draw independent ones
  for (std::size_t i = 0; i < set.questions.size(); ++i) {
    const std::uint32_t group = set.questions[i].group;
    if (learns[group]) {
      from.push_back(i);
    } else if (!taken[group]) {
      rest.push_back(i);
      taken[group] = true;
    }
  }
  recorded_set alone = set;
  alone.chains = {{cheap}};
  const learned_chains learned{alone, from};
  const auto known = learned.believed({cheap}, rest);
  std::vector<judged> rows;
  for (std::size_t i = 0; i < rest.size(); ++i) {
    const question& asked = set.questions[rest[i]];
    rows.push_back(
        {.p_wrong = known[i].p_wrong[0], .loss = !asked.attempts[cheap].right && asked.attempts[set.best].right});
  }
  std::vector<promise> made;
  for (const double alpha : {0.02, 0.05, 0.1}) {
    for (const double confidence : {escalation::risk_target{}.confidence, 0.0}) {
      made.push_back(resplit(rows, alpha, confidence, seed));
    }
  }
  return made;
}

} // namespace inferenceflow::bench
