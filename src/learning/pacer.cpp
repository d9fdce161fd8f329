#include "learning/pacer.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>

namespace inferenceflow::learning {

namespace {

constexpr double k_nano_per_usd = 1e9;
/// Share of one call in the mean square of their costs. Small, or else dear calls would shrink the step that they take
/// themselves, and the price would stay too low.
constexpr double k_newest_share = 0.005;
/// A call that passed its reservation is remembered for some hundred calls.
constexpr double k_overrun_fades = 0.005;
constexpr double k_overrun_max = 10;
/// A pause gives no more time back than this share of the period, so that a quiet night is not spent in one minute.
constexpr double k_pause_share_max = 0.05;

double nano(money amount) {
  return static_cast<double>(amount.nano_usd());
}

} // namespace

result<pacer> pacer::create(const pacer_options& options, steady_time now) {
  const auto refused = [](std::string message, const char* param) {
    return make_error(error_kind::invalid_request, std::move(message), param);
  };
  if (options.budget <= money{}) {
    return refused(fmt::format("a budget of {} USD; it must be above 0", to_usd_string(options.budget)), "budget");
  }
  if (options.period < std::chrono::seconds{1}) {
    return refused("the period of a budget is one second at least", "period");
  }
  if (!(options.step > 0 && options.step <= 1) || !(options.price_max > 0) || !std::isfinite(options.price_max)) {
    return refused("step must be above 0 and at most 1, price_max above 0", "step");
  }
  return pacer{options, now};
}

pacer::pacer(const pacer_options& options, steady_time now)
    : options_(options)
    , period_began_(now)
    , settled_at_(now) {}

void pacer::carry_on(money spent, steady_time began) {
  state_.spent = std::max(spent, money{});
  period_began_ = began;
}

std::chrono::seconds pacer::renewal(steady_time now) {
  advance(now);
  return std::chrono::ceil<std::chrono::seconds>(period_began_ + options_.period - now);
}

void pacer::advance(steady_time now) {
  const auto passed = now - period_began_;
  if (passed < options_.period) {
    return;
  }
  // Calls still under way keep their reservations; they are billed to the period in which they settle.
  period_began_ += options_.period * (passed / options_.period);
  settled_at_ = std::max(settled_at_, period_began_);
  state_.spent = {};
}

double pacer::price(steady_time now) {
  advance(now);
  return state_.price;
}

money pacer::left(steady_time now) {
  advance(now);
  return std::max(options_.budget - state_.spent - state_.reserved, money{});
}

const pacer_state& pacer::state(steady_time now) {
  advance(now);
  return state_;
}

std::optional<money> pacer::reserve(money at_most, steady_time now) {
  const double wanted = std::ceil(std::max(nano(at_most), 0.0) * state_.overrun);
  if (wanted > nano(left(now))) {
    ++state_.refused;
    return std::nullopt;
  }
  const auto amount = money::from_nano_usd(static_cast<std::int64_t>(wanted));
  state_.reserved += amount;
  return amount;
}

void pacer::settle(money reserved, money asked, money cost, steady_time now) {
  advance(now);
  cost = std::max(cost, money{});
  state_.reserved = std::max(state_.reserved - reserved, money{});
  state_.spent += cost;
  if (asked > money{}) {
    const double ratio = std::clamp(nano(cost) / nano(asked), 1.0, k_overrun_max);
    state_.overrun = std::max(ratio, state_.overrun + k_overrun_fades * (1 - state_.overrun));
  }

  // Descent on the dual: the price rises by what was spent beyond the share that belongs to the time since the last
  // call.
  square_mean_ += (square_mean_ == 0 ? 1 : k_newest_share) * (nano(cost) * nano(cost) - square_mean_);
  const std::chrono::duration<double> period = options_.period;
  const std::chrono::duration<double> to_end = period_began_ + options_.period - now;
  const std::chrono::duration<double> since = now - settled_at_;
  settled_at_ = std::max(settled_at_, now);
  const double left_now = std::max(nano(options_.budget - state_.spent), 0.0);
  const double pause = std::clamp(since.count(), 0.0, k_pause_share_max * period.count());
  const double due = left_now * std::min(pause / std::max(to_end.count(), 1e-3), 1.0);
  if (square_mean_ <= 0) {
    return;
  }
  // In calls of typical cost, so that the step has no unit; the square root because a few dear calls are most of the
  // money.
  const double typical = std::sqrt(square_mean_);
  const double moved = state_.price + k_nano_per_usd / typical * options_.step * (nano(cost) - due) / typical;
  state_.price = std::clamp(moved, 0.0, options_.price_max * k_nano_per_usd / typical);
}

} // namespace inferenceflow::learning
