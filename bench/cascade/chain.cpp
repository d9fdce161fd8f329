#include "bench/cascade/chain.h"

#include <algorithm>

namespace inferenceflow::bench {

namespace {

opinion opinion_of(const std::vector<escalation::labelled>& rows) {
  opinion made;
  const auto wrong = std::count_if(rows.begin(), rows.end(), [](const auto& row) { return row.wrong; });
  made.share_wrong = (static_cast<double>(wrong) + 1) / (static_cast<double>(rows.size()) + 2);
  if (auto fitted = escalation::trust::fit(rows)) {
    made.learned = std::move(*fitted);
  }
  return made;
}

escalation::signals joined(const escalation::signals& own, double p_wrong_alone, bool agrees, double p_wrong_before) {
  escalation::signals seen = own;
  seen.score = 1 - p_wrong_alone;
  seen.support = agrees ? 1 - p_wrong_before : p_wrong_before;
  return seen;
}

} // namespace

learned_chains::learned_chains(const recorded_set& set, std::span<const std::size_t> from)
    : set_(set) {
  for (std::size_t service = 0; service < set.services.size(); ++service) {
    std::vector<escalation::labelled> rows;
    rows.reserve(from.size());
    for (const std::size_t at : from) {
      const attempt& one = set.questions[at].attempts[service];
      rows.push_back({.seen = one.seen, .wrong = !one.right, .label = one.label});
    }
    alone_.push_back(opinion_of(rows));
  }
  if (set.two_classes) {
    for (const auto& chain : set.chains) {
      for (std::size_t length = 2; length <= chain.size(); ++length) {
        learn_prefix({chain.begin(), chain.begin() + static_cast<std::ptrdiff_t>(length)}, from);
      }
    }
  }
}

void learned_chains::learn_prefix(const std::vector<std::size_t>& prefix, std::span<const std::size_t> from) {
  if (together_.contains(prefix)) {
    return;
  }
  std::vector<escalation::labelled> rows;
  rows.reserve(from.size());
  for (const std::size_t at : from) {
    const question& asked = set_.questions[at];
    step before = first_step(asked, prefix.front());
    for (std::size_t length = 2; length < prefix.size(); ++length) {
      before = next_step(asked, {prefix.begin(), prefix.begin() + static_cast<std::ptrdiff_t>(length)}, before);
    }
    const attempt& own = asked.attempts[prefix.back()];
    const double alone = alone_[prefix.back()].p_wrong(own.seen, own.label);
    rows.push_back({.seen = joined(own.seen, alone, own.label == before.label, before.p_wrong),
                    .wrong = !own.right,
                    .label = own.label});
  }
  together_.emplace(prefix, opinion_of(rows));
}

learned_chains::step learned_chains::first_step(const question& asked, std::size_t service) const {
  const attempt& own = asked.attempts[service];
  return {.p_wrong = alone_[service].p_wrong(own.seen, own.label), .right = own.right, .label = own.label};
}

/// The dearer answer, unless what the cheaper ones say is believed more: with two classes that is the other one.
learned_chains::step learned_chains::next_step(const question& asked, const std::vector<std::size_t>& prefix,
                                               const step& before) const {
  if (!set_.two_classes) {
    return first_step(asked, prefix.back());
  }
  const attempt& own = asked.attempts[prefix.back()];
  const double alone = alone_[prefix.back()].p_wrong(own.seen, own.label);
  const double p_wrong =
      together_.at(prefix).p_wrong(joined(own.seen, alone, own.label == before.label, before.p_wrong), own.label);
  if (p_wrong <= 0.5 || own.label == before.label) {
    return {.p_wrong = p_wrong, .right = own.right, .label = own.label};
  }
  return {.p_wrong = 1 - p_wrong, .right = before.right, .label = before.label};
}

std::vector<belief> learned_chains::believed(const std::vector<std::size_t>& chain,
                                             std::span<const std::size_t> of) const {
  std::vector<belief> made(of.size());
  for (std::size_t i = 0; i < of.size(); ++i) {
    const question& asked = set_.questions[of[i]];
    step now = first_step(asked, chain.front());
    double cost = 0;
    made[i].best_right = asked.attempts[set_.best].right;
    for (std::size_t place = 0; place < chain.size(); ++place) {
      if (place > 0) {
        now = next_step(asked, {chain.begin(), chain.begin() + static_cast<std::ptrdiff_t>(place + 1)}, now);
      }
      cost += asked.attempts[chain[place]].cost;
      made[i].p_wrong[place] = now.p_wrong;
      made[i].right[place] = now.right;
      made[i].cost[place] = cost;
    }
  }
  return made;
}

walked walk(const belief& known, std::size_t services, const std::array<double, 2>& thresholds) {
  std::size_t place = 0;
  while (place + 1 < services && known.p_wrong[place] >= thresholds[place]) {
    ++place;
  }
  return {.cost = known.cost[place], .right = known.right[place]};
}

} // namespace inferenceflow::bench
