#include "pipeline/route_book.h"

#include "quality/features.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace inferenceflow::pipeline {

namespace {

static_assert(quality::k_dense <= learning::k_features_max);

constexpr double k_percent = 100;
constexpr double k_rewards_per_day = 2'000; ///< of a busy route: what turns a half-life into a discount per reward
constexpr double k_seconds_per_day = 86'400;
constexpr double k_unknown_prior = 0.5;
constexpr double k_prior_rewards = 20;  ///< the prediction counts as much: one bad word does not turn a route around
constexpr double k_not_good_enough = 1; ///< a whole quality: such an arm is only asked to learn

double discount_of(std::chrono::seconds half_life) {
  const double rewards = std::max(static_cast<double>(half_life.count()) / k_seconds_per_day * k_rewards_per_day, 1.0);
  return std::clamp(std::exp2(-1 / rewards), 0.5, 1.0);
}

std::optional<learning::linucb> bandit_of(const std::vector<std::string>& arms,
                                          const config::routing_settings& wanted) {
  if (!wanted.learn) {
    return std::nullopt;
  }
  auto made = learning::linucb::create(arms, {.features = quality::k_dense,
                                              .discount = discount_of(wanted.forget),
                                              .ridge = k_prior_rewards,
                                              .exploration = wanted.explore_percent / k_percent});
  return made ? std::optional{std::move(*made)} : std::nullopt; // the loader lets no other options pass
}

} // namespace

std::string answer_name(std::string_view tenant, std::string_view request_id) {
  return std::string{tenant}.append("\n").append(request_id); // neither holds one
}

route_book::route_book(std::vector<std::string> arms, const config::routing_settings& wanted, steady_time now)
    : arms_(std::move(arms))
    , wanted_(wanted)
    , bandit_(bandit_of(arms_, wanted))
    , budget_(purse::create(wanted, now)) {}

bool route_book::fits(std::span<const std::string> arms, const config::routing_settings& wanted) const {
  return std::equal(arms.begin(), arms.end(), arms_.begin(), arms_.end()) && wanted.learn == wanted_.learn &&
         wanted.explore_percent == wanted_.explore_percent && wanted.forget == wanted_.forget &&
         wanted.budget_usd == wanted_.budget_usd && wanted.budget_period == wanted_.budget_period;
}

void route_book::succeed(route_book& earlier) {
  const std::scoped_lock lock{mutex_, earlier.mutex_};
  if (bandit_ && earlier.bandit_) {
    (void)bandit_->restore(earlier.bandit_->state()); // of the same features, so it fits
  }
  const bool same_budget =
      wanted_.budget_usd == earlier.wanted_.budget_usd && wanted_.budget_period == earlier.wanted_.budget_period;
  if (same_budget) { // what is spent stays spent
    budget_ = earlier.budget_;
  }
  for (const std::string& id : earlier.oldest_first_) {
    const auto found = earlier.waiting_.find(id);
    const auto arm = found == earlier.waiting_.end()
                         ? arms_.end()
                         : std::find(arms_.begin(), arms_.end(), earlier.arms_[found->second.arm]);
    if (arm != arms_.end() && waiting_.insert(*found).second) {
      waiting_.find(id)->second.arm = static_cast<std::size_t>(arm - arms_.begin());
      oldest_first_.push_back(id);
    }
  }
}

void route_book::correct(std::span<const float> seen, std::span<double> priors) const {
  const std::scoped_lock lock{mutex_};
  for (std::size_t arm = 0; bandit_ && arm < priors.size() && arm < arms_.size(); ++arm) {
    if (priors[arm] >= 0 || bandit_->rewards(arm) > 0) {
      const double prior = priors[arm] >= 0 ? priors[arm] : k_unknown_prior;
      priors[arm] = std::clamp(bandit_->expected(arm, seen, prior).reward, 0.0, 1.0);
    }
  }
}

void route_book::explore(std::span<const float> seen, std::span<const double> priors, double chance,
                         routing::decision& made) const {
  const std::scoped_lock lock{mutex_};
  if (!bandit_ || made.chosen < 0 || made.candidates.size() != arms_.size() || priors.size() != arms_.size()) {
    return;
  }
  std::vector<learning::arm_offer> offers;
  for (std::size_t arm = 0; arm < arms_.size(); ++arm) {
    const routing::scored& one = made.candidates[arm];
    const bool weak = one.why == routing::verdict::quality || one.why == routing::verdict::unknown_quality;
    offers.push_back({.prior = priors[arm] >= 0 ? priors[arm] : k_unknown_prior,
                      .penalty = one.score + (weak ? k_not_good_enough : 0),
                      .allowed = !routing::excluded(one.why)});
  }
  const auto drawn = bandit_->choose(seen, offers, true, chance);
  if (!drawn) {
    return;
  }
  made.propensity = drawn->propensity;
  if (drawn->arm == static_cast<std::size_t>(made.chosen)) {
    return;
  }
  made.candidates[static_cast<std::size_t>(made.chosen)].why = routing::verdict::next;
  made.candidates[drawn->arm].why = routing::verdict::chosen;
  made.candidates[drawn->arm].detail = "asked to learn how good it is";
  made.explored = true;
  made.chosen = static_cast<int>(drawn->arm);
  const auto at = std::find(made.order.begin(), made.order.end(), drawn->arm);
  std::rotate(made.order.begin(), at, at + 1);
}

void route_book::note(std::string_view answer, std::string_view arm, bandit_view seen, double prior) {
  const auto at = std::find(arms_.begin(), arms_.end(), arm);
  if (at == arms_.end()) {
    return;
  }
  const std::scoped_lock lock{mutex_};
  if (!bandit_) {
    return;
  }
  while (waiting_.size() >= k_waiting_max) {
    waiting_.erase(oldest_first_.front());
    oldest_first_.pop_front();
  }
  const auto [entry, fresh] =
      waiting_.insert_or_assign(std::string{answer}, answered{.arm = static_cast<std::size_t>(at - arms_.begin()),
                                                              .seen = std::move(seen),
                                                              .prior = prior >= 0 ? prior : k_unknown_prior});
  if (fresh) {
    oldest_first_.emplace_back(answer);
  }
}

bool route_book::learn(std::string_view answer, double reward) {
  const std::scoped_lock lock{mutex_};
  const auto found = waiting_.find(std::string{answer});
  if (!bandit_ || found == waiting_.end()) {
    return false;
  }
  if (std::exchange(found->second.learned, true)) {
    return true;
  }
  return bandit_->learn(found->second.arm, found->second.seen, found->second.prior, reward);
}

std::shared_ptr<route_book> route_books::of(const std::string& route, std::span<const std::string> arms,
                                            const config::routing_settings& wanted, steady_time now) {
  if (!wanted.learn && wanted.budget_usd <= 0) {
    return nullptr;
  }
  const std::scoped_lock lock{mutex_};
  auto& kept = books_[route];
  if (kept && kept->fits(arms, wanted)) {
    return kept;
  }
  auto made = std::make_shared<route_book>(std::vector<std::string>{arms.begin(), arms.end()}, wanted, now);
  if (const auto known = known_.find(route); known != known_.end() && made->budget()) {
    made->budget()->resume(known->second);
  }
  if (kept) {
    made->succeed(*kept);
  }
  kept = made;
  return made;
}

void route_books::resume(const std::string& route, const spending& current) {
  const std::scoped_lock lock{mutex_};
  known_[route] = current;
}

bool route_books::learn(std::string_view answer, double reward) {
  std::vector<std::shared_ptr<route_book>> all;
  {
    const std::scoped_lock lock{mutex_};
    for (const auto& [name, book] : books_) {
      all.push_back(book);
    }
  }
  return std::any_of(all.begin(), all.end(), [&](const auto& book) { return book->learn(answer, reward); });
}

} // namespace inferenceflow::pipeline
