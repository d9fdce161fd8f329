#include "bench/cascade/folds.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <limits>
#include <numeric>
#include <optional>
#include <random>

namespace inferenceflow::bench {

namespace {

constexpr std::size_t k_folds = 5;
constexpr std::size_t k_folds_of_few = 20; ///< below k_groups_to_split groups
/// Of what is learned from: for opinions, the rest for thresholds. With few groups both come from all.
constexpr double k_opinion_share = 0.6;
constexpr std::size_t k_groups_to_split = 1000;
constexpr std::size_t k_first_steps = 24;  ///< thresholds tried at the first of three services
constexpr std::size_t k_second_steps = 80; ///< at the last place where one is

struct policy {
  std::size_t chain = 0;
  std::array<double, 2> thresholds{};
  double cost = 0;
  double gain = 0;  ///< accuracy beyond the best service's on the same questions
  double error = 0; ///< standard error of the gain
};

/// Values that split what was seen into about equal parts; and one that lets nothing through, one that lets all.
std::vector<double> splits(std::vector<double> seen, std::size_t parts) {
  std::sort(seen.begin(), seen.end());
  std::vector<double> made = {0};
  for (std::size_t i = 0; i < parts && !seen.empty(); ++i) {
    made.push_back(seen[i * seen.size() / parts]);
  }
  made.push_back(2);
  made.erase(std::unique(made.begin(), made.end()), made.end());
  return made;
}

std::vector<double> at_place(const std::vector<belief>& known, std::size_t place) {
  std::vector<double> made;
  made.reserve(known.size());
  std::transform(known.begin(), known.end(), std::back_inserter(made),
                 [place](const belief& each) { return each.p_wrong[place]; });
  return made;
}

/// @param per_group  questions that are draws of one: they count as one.
policy judged_on(const std::vector<belief>& known, std::size_t services, policy which, double per_group) {
  double gained = 0;
  double changed = 0;
  for (const belief& each : known) {
    const walked done = walk(each, services, which.thresholds);
    which.cost += done.cost;
    gained += (done.right ? 1 : 0) - (each.best_right ? 1 : 0);
    changed += done.right != each.best_right ? 1 : 0;
  }
  const auto count = static_cast<double>(known.size());
  which.cost /= count;
  which.gain = gained / count;
  // One change more than was seen: a cascade that changed nothing yet is not sure to go on so. The best alone is.
  const double groups = count / per_group;
  which.error = services == 1 ? 0 : std::sqrt((changed / count + 1 / groups) / groups);
  return which;
}

void add_policies(const std::vector<belief>& known, std::size_t chain, std::size_t services, double per_group,
                  std::vector<policy>& into) {
  const auto last_place = services < 2 ? 0 : services - 2;
  const auto first = services == 3 ? splits(at_place(known, 0), k_first_steps) : std::vector<double>{2};
  const auto last = services == 1 ? std::vector<double>{2} : splits(at_place(known, last_place), k_second_steps);
  for (const double one : first) {
    for (const double other : last) {
      policy tried{.chain = chain, .thresholds = {one, other}};
      if (services < 3) {
        tried.thresholds[0] = other;
      }
      into.push_back(judged_on(known, services, tried, per_group));
    }
  }
}

/// The cheapest whose gain is, a standard error taken off, at least what is asked; the surest where none is.
const policy& cheapest(const std::vector<policy>& all, double gain) {
  const auto sure = [](const policy& each) { return each.gain - each.error; };
  const policy* best = nullptr;
  const policy* surest = &all.front();
  for (const policy& each : all) {
    if (sure(each) >= gain && (best == nullptr || each.cost < best->cost)) {
      best = &each;
    }
    surest = sure(each) > sure(*surest) ? &each : surest;
  }
  return best != nullptr ? *best : *surest;
}

struct split {
  std::vector<std::size_t> opinions = {};
  std::vector<std::size_t> thresholds = {};
  std::vector<std::size_t> judged = {};
};

std::vector<split> splits_of(const recorded_set& set, std::uint64_t seed) {
  std::vector<std::uint32_t> order(set.groups);
  std::iota(order.begin(), order.end(), 0U);
  std::mt19937_64 draws{seed};
  std::shuffle(order.begin(), order.end(), draws);
  std::vector<std::size_t> place(set.groups);
  for (std::size_t i = 0; i < order.size(); ++i) {
    place[order[i]] = i;
  }
  const bool both = set.groups < k_groups_to_split;
  const std::size_t folds = both ? k_folds_of_few : k_folds;
  std::vector<split> made(folds);
  for (std::size_t fold = 0; fold < folds; ++fold) {
    for (std::size_t i = 0; i < set.questions.size(); ++i) {
      const std::size_t at = place[set.questions[i].group];
      if (at % folds == fold) {
        made[fold].judged.push_back(i);
        continue;
      }
      const bool for_opinions = static_cast<double>(at / folds % 10) < 10 * k_opinion_share;
      if (both || for_opinions) {
        made[fold].opinions.push_back(i);
      }
      if (both || !for_opinions) {
        made[fold].thresholds.push_back(i);
      }
    }
  }
  return made;
}

outcome empty_outcome(const recorded_set& set, std::string method, std::size_t dials) {
  outcome made{.method = std::move(method), .dials = dials};
  made.cost.assign(set.groups * dials, 0);
  made.right.assign(set.groups * dials, 0);
  return made;
}

void add(outcome& into, std::uint32_t group, std::size_t dial, const walked& done) {
  into.cost[group * into.dials + dial] += done.cost;
  into.right[group * into.dials + dial] += done.right ? 1 : 0;
}

std::string wording(const recorded_set& set, const std::vector<std::size_t>& chain) {
  std::string made;
  for (const std::size_t service : chain) {
    made += (made.empty() ? "" : " > ") + set.services[service];
  }
  return made;
}

double draws_of(const recorded_set& set) {
  return static_cast<double>(set.questions.size()) / static_cast<double>(set.groups);
}

/// Learns on two parts of a split, judges on the third, at every dial.
template <class beliefs_of>
void run_split(const recorded_set& set, const std::vector<std::vector<std::size_t>>& chains, const split& parts,
               const beliefs_of& beliefs, outcome& into) {
  std::vector<policy> policies;
  for (std::size_t i = 0; i < chains.size(); ++i) {
    add_policies(beliefs(chains[i], parts.thresholds), i, chains[i].size(), draws_of(set), policies);
  }
  std::vector<std::optional<std::vector<belief>>> known(chains.size());
  const auto dials = all_dials();
  for (std::size_t dial = 0; dial < dials.size(); ++dial) {
    const policy taken = cheapest(policies, dials[dial]);
    if (!known[taken.chain]) {
      known[taken.chain] = beliefs(chains[taken.chain], parts.judged);
    }
    for (std::size_t i = 0; i < parts.judged.size(); ++i) {
      add(into, set.questions[parts.judged[i]].group, dial,
          walk((*known[taken.chain])[i], chains[taken.chain].size(), taken.thresholds));
    }
    if (dial == k_even_dial) {
      into.chosen.push_back(wording(set, chains[taken.chain]));
      for (const belief& each : *known[taken.chain]) {
        into.p_wrong.push_back(each.p_wrong[0]);
        into.was_wrong.push_back(each.right[0] ? 0 : 1);
      }
    }
  }
}

/// The raw signal, turned so that more is worse.
double raw_doubt(const attempt& one) {
  return 1 - one.seen.score.value_or(one.seen.agreement.value_or(1));
}

std::vector<belief> raw_beliefs(const recorded_set& set, const std::vector<std::size_t>& chain,
                                std::span<const std::size_t> of) {
  std::vector<belief> made(of.size());
  for (std::size_t i = 0; i < of.size(); ++i) {
    double cost = 0;
    made[i].best_right = set.questions[of[i]].attempts[set.best].right;
    for (std::size_t place = 0; place < chain.size(); ++place) {
      const attempt& one = set.questions[of[i]].attempts[chain[place]];
      cost += one.cost;
      made[i].p_wrong[place] = raw_doubt(one);
      made[i].right[place] = one.right;
      made[i].cost[place] = cost;
    }
  }
  return made;
}

} // namespace

std::vector<double> all_dials() {
  std::vector<double> made;
  for (int i = 0; i <= 40; ++i) {
    made.push_back((i - static_cast<int>(k_even_dial)) * 0.002);
  }
  return made;
}

reference reference_of(const recorded_set& set) {
  reference made{.cost = std::vector<double>(set.groups),
                 .right = std::vector<double>(set.groups),
                 .questions = std::vector<double>(set.groups)};
  for (const question& each : set.questions) {
    made.cost[each.group] += each.attempts[set.best].cost;
    made.right[each.group] += each.attempts[set.best].right ? 1 : 0;
    ++made.questions[each.group];
  }
  return made;
}

outcome cascade_by_trust(const recorded_set& set, std::uint64_t seed) {
  outcome made = empty_outcome(set, "cascade by P(wrong)", all_dials().size());
  for (const split& parts : splits_of(set, seed)) {
    const learned_chains learned{set, parts.opinions};
    run_split(
        set, set.chains, parts, [&](const auto& chain, const auto& of) { return learned.believed(chain, of); }, made);
  }
  return made;
}

outcome single_threshold(const recorded_set& set, std::uint64_t seed) {
  outcome made = empty_outcome(set, "single threshold", all_dials().size());
  auto chains = set.simple;
  chains.push_back({set.best});
  for (const split& parts : splits_of(set, seed)) {
    run_split(
        set, chains, parts, [&](const auto& chain, const auto& of) { return raw_beliefs(set, chain, of); }, made);
  }
  made.p_wrong.clear(); // a raw signal is no probability
  made.was_wrong.clear();
  return made;
}

double single_threshold_in_hindsight(const recorded_set& set) {
  std::vector<std::size_t> all(set.questions.size());
  std::iota(all.begin(), all.end(), std::size_t{0});
  const double price = judged_on(raw_beliefs(set, {set.best}, all), 1, {}, 1).cost;
  double least = price;
  for (const auto& chain : set.simple) {
    std::vector<policy> policies;
    add_policies(raw_beliefs(set, chain, all), 0, chain.size(), 1, policies);
    for (const policy& each : policies) {
      least = each.gain >= 0 ? std::min(least, each.cost) : least;
    }
  }
  return least / price;
}

outcome random_escalation(const recorded_set& set) {
  constexpr std::size_t k_steps = 11;
  outcome made = empty_outcome(set, "random", k_steps);
  // The cheap service that the straight line to the best one is highest for.
  std::vector<std::size_t> all(set.questions.size());
  std::iota(all.begin(), all.end(), std::size_t{0});
  std::size_t cheap = set.simple.front().front();
  double least_lost = -2;
  for (const auto& chain : set.simple) {
    const double found = judged_on(raw_beliefs(set, {chain.front()}, all), 1, {}, 1).gain;
    if (found > least_lost) {
      least_lost = found;
      cheap = chain.front();
    }
  }
  made.chosen.push_back(set.services[cheap]);
  for (const question& each : set.questions) {
    for (std::size_t dial = 0; dial < k_steps; ++dial) {
      const double share = static_cast<double>(dial) / (k_steps - 1);
      const attempt& weak = each.attempts[cheap];
      const attempt& best = each.attempts[set.best];
      made.cost[each.group * k_steps + dial] += (1 - share) * weak.cost + share * best.cost;
      made.right[each.group * k_steps + dial] += (1 - share) * (weak.right ? 1 : 0) + share * (best.right ? 1 : 0);
    }
  }
  return made;
}

double oracle_cost(const recorded_set& set, double accuracy) {
  double floor = 0;
  double best = 0;
  std::vector<double> extra; // of a right answer, beyond the cheapest answer of all
  for (const question& each : set.questions) {
    double cheapest_cost = std::numeric_limits<double>::infinity();
    double right_cost = cheapest_cost;
    for (const attempt& one : each.attempts) {
      cheapest_cost = std::min(cheapest_cost, one.cost);
      right_cost = one.right ? std::min(right_cost, one.cost) : right_cost;
    }
    floor += cheapest_cost;
    best += each.attempts[set.best].cost;
    if (std::isfinite(right_cost)) {
      extra.push_back(right_cost - cheapest_cost);
    }
  }
  std::sort(extra.begin(), extra.end());
  const auto wanted = static_cast<std::size_t>(std::ceil(accuracy * static_cast<double>(set.questions.size())));
  const auto end = extra.begin() + static_cast<std::ptrdiff_t>(std::min(wanted, extra.size()));
  return std::accumulate(extra.begin(), end, floor) / best;
}

} // namespace inferenceflow::bench
