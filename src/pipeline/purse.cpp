#include "pipeline/purse.h"

namespace inferenceflow::pipeline {

std::shared_ptr<purse> purse::create(const config::routing_settings& wanted, steady_time now) {
  constexpr double k_nano_per_usd = 1e9;
  if (wanted.budget_usd <= 0) {
    return nullptr;
  }
  auto made = learning::pacer::create(
      {.budget = money::from_nano_usd(static_cast<std::int64_t>(wanted.budget_usd * k_nano_per_usd)),
       .period = wanted.budget_period},
      now);
  return made ? std::make_shared<purse>(std::move(*made)) : nullptr; // the loader lets no other options pass
}

void purse::resume(const spending& current) {
  const std::scoped_lock lock{mutex_};
  pacer_.carry_on(current.spent, current.began);
}

double purse::usd_price(steady_time now) {
  const std::scoped_lock lock{mutex_};
  return pacer_.price(now);
}

std::optional<purse::reservation> purse::reserve(money at_most, steady_time now) {
  const std::scoped_lock lock{mutex_};
  const auto held = pacer_.reserve(at_most, now);
  return held ? std::optional{reservation{.held = *held, .asked = at_most}} : std::nullopt;
}

void purse::settle(const reservation& of, money cost, steady_time now) {
  const std::scoped_lock lock{mutex_};
  pacer_.settle(of.held, of.asked, cost, now);
}

std::chrono::seconds purse::renewal(steady_time now) {
  const std::scoped_lock lock{mutex_};
  return pacer_.renewal(now);
}

} // namespace inferenceflow::pipeline
