#include "learning/linucb.h"

#include "learning/symmetric.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <numeric>
#include <set>

namespace inferenceflow::learning {

namespace {

/// Rewards of an arm after which its inverse is computed anew, so that rounding does not add up. Forgetting multiplies
/// what rounding has left by 1 / discount each time: the shorter the memory, the sooner.
std::uint64_t rewards_between_inversions(double discount) {
  constexpr std::uint64_t k_most = 512;
  constexpr double k_growth_max = 1e4;
  const double growth = -std::log(discount);
  return growth * static_cast<double>(k_most) < std::log(k_growth_max)
             ? k_most
             : std::max<std::uint64_t>(static_cast<std::uint64_t>(std::log(k_growth_max) / growth), 1);
}

double sane(double number, double otherwise) {
  return std::isfinite(number) ? number : otherwise;
}

} // namespace

result<linucb> linucb::create(std::vector<std::string> arms, const bandit_options& options) {
  const auto refused = [](std::string message, const char* param) {
    return make_error(error_kind::invalid_request, std::move(message), param);
  };
  if (options.features == 0 || options.features > k_features_max) {
    return refused(fmt::format("{} features; 1 to {} are possible", options.features, k_features_max), "features");
  }
  if (!(options.discount > 0 && options.discount <= 1)) {
    return refused("discount must be above 0 and at most 1", "discount");
  }
  if (!(options.ridge > 0) || !(options.width >= 0) || !(options.sharpness >= 0) || !std::isfinite(options.ridge) ||
      !std::isfinite(options.width) || !std::isfinite(options.sharpness)) {
    return refused("ridge must be above 0, width and sharpness at least 0", "ridge");
  }
  if (!(options.exploration >= 0 && options.exploration <= 1)) {
    return refused("exploration must lie between 0 and 1", "exploration");
  }
  if (arms.empty() || arms.size() > k_arms_max) {
    return refused(fmt::format("{} arms; 1 to {} are possible", arms.size(), k_arms_max), "arms");
  }
  if (std::set<std::string_view>(arms.begin(), arms.end()).size() != arms.size()) {
    return refused("two arms have the same name", "arms");
  }
  linucb made;
  made.options_ = options;
  made.invert_every_ = rewards_between_inversions(options.discount);
  made.states_.assign(arms.size(), made.fresh());
  made.names_ = std::move(arms);
  return made;
}

linucb::arm_state linucb::fresh() const {
  arm_state arm;
  arm.precision.assign(size() * size(), 0);
  arm.inverse.assign(size() * size(), 0);
  for (std::size_t i = 0; i < size(); ++i) {
    arm.precision[i * size() + i] = options_.ridge;
    arm.inverse[i * size() + i] = 1 / options_.ridge;
  }
  arm.sums.assign(size(), 0);
  arm.theta.assign(size(), 0);
  return arm;
}

std::optional<std::vector<double>> linucb::with_constant(std::span<const float> features) const {
  if (features.size() != options_.features) {
    return std::nullopt;
  }
  std::vector<double> x(size(), 1);
  double squares = 0;
  for (std::size_t i = 0; i < features.size(); ++i) {
    x[i] = sane(features[i], 0);
    squares += x[i] * x[i];
  }
  if (squares > 1) {
    std::for_each_n(x.begin(), features.size(), [by = 1 / std::sqrt(squares)](double& each) { each *= by; });
  }
  return x;
}

linucb::expectation linucb::expected_of(const arm_state& arm, std::span<const double> x, double prior) const {
  expectation made{.reward = std::clamp(sane(prior, 0.5), 0.0, 1.0)};
  made.reward += std::inner_product(x.begin(), x.end(), arm.theta.begin(), 0.0);
  // What is known of an arm ages while others are chosen, by its share of the traffic if all had the same.
  const double idle = static_cast<double>(clock_ - arm.seen_at) / static_cast<double>(states_.size());
  const double widened = quadratic(arm.inverse, x) * std::pow(options_.discount, -idle);
  const double at_first = std::inner_product(x.begin(), x.end(), x.begin(), 0.0) / options_.ridge;
  made.deviation = std::sqrt(std::clamp(sane(widened, at_first), 0.0, at_first));
  return made;
}

linucb::expectation linucb::expected(std::size_t arm, std::span<const float> features, double prior) const {
  const auto x = with_constant(features);
  if (!x || arm >= states_.size()) {
    return {.reward = std::clamp(sane(prior, 0.5), 0.0, 1.0)};
  }
  return expected_of(states_[arm], *x, prior);
}

bool linucb::propensities(std::span<const float> features, std::span<const arm_offer> offers, bool explore,
                          std::span<double> into) const {
  std::fill(into.begin(), into.end(), 0.0);
  const auto x = with_constant(features);
  const auto allowed = std::count_if(offers.begin(), offers.end(), [](const arm_offer& each) { return each.allowed; });
  if (!x || offers.size() != states_.size() || into.size() != states_.size() || allowed == 0) {
    return false;
  }
  std::vector<double> scores(states_.size());
  std::optional<std::size_t> best;
  for (std::size_t i = 0; i < states_.size(); ++i) {
    if (offers[i].allowed) {
      const expectation hoped = expected_of(states_[i], *x, offers[i].prior);
      scores[i] = hoped.reward + (explore ? options_.width * hoped.deviation : 0) - sane(offers[i].penalty, 0);
      best = best && scores[*best] >= scores[i] ? best : i;
    }
  }
  const double share = explore ? options_.exploration : 0;
  const auto count = static_cast<double>(allowed);
  double rest = 1 - share;
  for (std::size_t i = 0; i < states_.size(); ++i) {
    if (!offers[i].allowed) {
      continue;
    }
    into[i] = share / count;
    if (i != *best && explore && options_.sharpness > 0) {
      const double weighted = (1 - share) / (count + options_.sharpness * (scores[*best] - scores[i]));
      into[i] += weighted;
      rest -= weighted;
    }
  }
  into[*best] += rest;
  return true;
}

std::optional<pick> linucb::choose(std::span<const float> features, std::span<const arm_offer> offers, bool explore,
                                   double chance) const {
  std::vector<double> shares(states_.size());
  if (!propensities(features, offers, explore, shares)) {
    return std::nullopt;
  }
  const auto likeliest = static_cast<std::size_t>(std::max_element(shares.begin(), shares.end()) - shares.begin());
  pick made{.arm = likeliest};
  double passed = 0;
  for (std::size_t i = 0; i < shares.size(); ++i) {
    passed += shares[i];
    if (chance < passed) {
      made.arm = i;
      break;
    }
  }
  made.propensity = shares[made.arm];
  made.explored = made.arm != likeliest;
  return made;
}

/// A ← A + x xᵀ, and the inverse by Sherman and Morrison.
void linucb::add_direction(arm_state& arm, std::span<const double> x) const {
  add_outer(arm.precision, x, 1);
  std::vector<double> along(x.size());
  multiply(arm.inverse, x, along);
  const double inside = 1 + std::inner_product(x.begin(), x.end(), along.begin(), 0.0);
  add_outer(arm.inverse, along, -1 / inside);
}

bool linucb::settle(arm_state& arm) const {
  const bool sound = inverted(arm.precision, size(), arm.inverse);
  multiply(arm.inverse, arm.sums, arm.theta);
  return sound;
}

bool linucb::learn(std::size_t arm, std::span<const float> features, double prior, double reward) {
  const auto x = with_constant(features);
  if (!x || arm >= states_.size() || !std::isfinite(reward)) {
    return false;
  }
  arm_state& state = states_[arm];
  const double surprise = std::clamp(reward, 0.0, 1.0) - std::clamp(sane(prior, 0.5), 0.0, 1.0);
  const double kept = options_.discount;
  std::for_each(state.precision.begin(), state.precision.end(), [kept](double& each) { each *= kept; });
  std::for_each(state.inverse.begin(), state.inverse.end(), [kept](double& each) { each /= kept; });
  add_direction(state, *x);
  if (kept < 1) {
    // The prior must not fade with the rewards: what it lost comes back, one direction at a time.
    std::vector<double> axis(size(), 0);
    axis[state.rewards % size()] = std::sqrt((1 - kept) * options_.ridge * static_cast<double>(size()));
    add_direction(state, axis);
  }
  for (std::size_t i = 0; i < size(); ++i) {
    state.sums[i] = kept * state.sums[i] + surprise * (*x)[i];
  }
  ++state.rewards;
  state.seen_at = ++clock_;
  if (state.rewards % invert_every_ == 0 && !settle(state)) {
    state = fresh(); // cannot be while the prior is kept; what is left of the numbers is worth nothing
  }
  multiply(state.inverse, state.sums, state.theta);
  return true;
}

} // namespace inferenceflow::learning
