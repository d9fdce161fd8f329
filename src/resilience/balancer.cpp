#include "resilience/balancer.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <utility>

namespace inferenceflow::resilience {

namespace {

constexpr std::size_t lowest(candidate_set set) noexcept {
  return static_cast<std::size_t>(std::countr_zero(set));
}

/// Index of the n-th member of `set`.
std::size_t nth(candidate_set set, std::uint32_t n) noexcept {
  for (; n > 0; --n) {
    set &= set - 1;
  }
  return lowest(set);
}

} // namespace

balancer::balancer(const balancer_settings& settings, std::vector<balanced_target> members)
    : settings_(settings) {
  settings_.sticky_load_percent = std::clamp<std::size_t>(settings.sticky_load_percent, 101, 1'000);
  settings_.sticky_floor_tokens = std::min<std::size_t>(settings.sticky_floor_tokens, 1'000'000'000);
  members.resize(std::min(members.size(), k_members_max));
  for (const balanced_target& one : members) {
    if (one.weight > 0) {
      weighted_ |= candidate_set{1} << members_.size();
    }
    // Identities may be close together: mixed once, the rendezvous score needs one mix per decision.
    members_.push_back(
        {one.load, mix_bits(one.identity + 0x9E3779B97F4A7C15U), std::clamp<std::int64_t>(one.weight, 1, 10'000)});
    equal_weights_ = equal_weights_ && members_.back().weight == members_.front().weight;
  }
}

std::optional<std::size_t> balancer::choose(candidate_set usable, std::uint64_t prefix_hash, steady_time now,
                                            random_stream& random) {
  if (members_.size() < k_members_max) {
    usable &= (candidate_set{1} << members_.size()) - 1;
  }
  if ((usable & weighted_) != 0) {
    usable &= weighted_;
  }
  if (usable == 0) {
    return std::nullopt;
  }
  switch (settings_.policy) {
  case balance_policy::weighted: return by_turn(usable);
  case balance_policy::least_outstanding: return by_outstanding(usable);
  case balance_policy::peak_ewma: return by_two_choices(usable, now, random);
  case balance_policy::sticky: return by_prefix(usable, prefix_hash);
  }
  return lowest(usable);
}

std::size_t balancer::by_turn(candidate_set usable) noexcept {
  std::int64_t total = 0;
  std::size_t best = lowest(usable);
  for (; usable != 0; usable &= usable - 1) {
    const std::size_t at = lowest(usable);
    members_[at].turn += members_[at].weight;
    total += members_[at].weight;
    if (members_[at].turn > members_[best].turn) {
      best = at;
    }
  }
  members_[best].turn -= total;
  return best;
}

std::size_t balancer::by_outstanding(candidate_set usable) noexcept {
  // Begins behind the last one chosen: among equals, which idle targets all are, everyone gets its turn.
  const candidate_set behind = last_ + 1 < k_members_max ? usable & (~candidate_set{0} << (last_ + 1)) : 0;
  std::size_t best = lowest(behind != 0 ? behind : usable);
  for (candidate_set part : {behind, usable & ~behind}) {
    for (; part != 0; part &= part - 1) {
      const std::size_t at = lowest(part);
      if (members_[at].load->outstanding_tokens() * static_cast<std::uint64_t>(members_[best].weight) <
          members_[best].load->outstanding_tokens() * static_cast<std::uint64_t>(members_[at].weight)) {
        best = at;
      }
    }
  }
  last_ = best;
  return best;
}

std::size_t balancer::by_two_choices(candidate_set usable, steady_time now, random_stream& random) const noexcept {
  const auto count = static_cast<std::uint32_t>(std::popcount(usable));
  if (count == 1) {
    return lowest(usable);
  }
  const std::uint32_t first = random.below(count);
  std::uint32_t second = random.below(count - 1);
  second += second >= first ? 1 : 0;
  const std::size_t a = nth(usable, first);
  const std::size_t b = nth(usable, second);
  const double cost_a = members_[a].load->cost(now) * static_cast<double>(members_[b].weight);
  const double cost_b = members_[b].load->cost(now) * static_cast<double>(members_[a].weight);
  return cost_b < cost_a ? b : a;
}

/// Rendezvous: each member draws a number from the prefix and its own identity; the greatest wins. A member that comes
/// or goes moves only the prefixes that it wins or won. With weights, -w / ln(u) wins as often as the weights say.
double balancer::score(const member& one, std::uint64_t prefix_hash) const noexcept {
  const double drawn = static_cast<double>((mix_bits(prefix_hash ^ one.identity) >> 11U) | 1U) * 0x1.0p-53;
  return equal_weights_ ? drawn : -static_cast<double>(one.weight) / std::log(drawn);
}

std::size_t balancer::by_prefix(candidate_set usable, std::uint64_t prefix_hash) const noexcept {
  std::uint64_t tokens = 0;
  std::uint64_t weights = 0;
  for (candidate_set rest = usable; rest != 0; rest &= rest - 1) {
    const member& one = members_[lowest(rest)];
    tokens += one.load->outstanding_tokens();
    weights += static_cast<std::uint64_t>(one.weight);
  }
  const double fair = static_cast<double>(tokens) * static_cast<double>(settings_.sticky_load_percent) /
                      (100 * static_cast<double>(weights));
  std::size_t best = lowest(usable);
  double best_score = -1;
  bool best_bounded = false; // whether the best one is below its bound: such a one beats all that are not
  for (candidate_set rest = usable; rest != 0; rest &= rest - 1) {
    const std::size_t at = lowest(rest);
    const std::uint64_t outstanding = members_[at].load->outstanding_tokens();
    const bool bounded = outstanding < settings_.sticky_floor_tokens ||
                         static_cast<double>(outstanding) <= fair * static_cast<double>(members_[at].weight);
    const double drawn = score(members_[at], prefix_hash);
    if (std::pair{bounded, drawn} > std::pair{best_bounded, best_score}) {
      best = at;
      best_score = drawn;
      best_bounded = bounded;
    }
  }
  return best;
}

} // namespace inferenceflow::resilience
