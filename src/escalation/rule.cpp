#include "escalation/rule.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <fmt/format.h>

namespace inferenceflow::escalation {

namespace {

double sane(double p_wrong) {
  return std::isnan(p_wrong) ? 1 : std::clamp(p_wrong, 0.0, 1.0);
}

double nano(money amount) {
  return static_cast<double>(amount.nano_usd());
}

hindrance hindering(const situation& now, money cost, std::chrono::milliseconds time) {
  if (now.budget_left && cost > *now.budget_left) {
    return hindrance::budget;
  }
  return now.time_left && time > *now.time_left ? hindrance::time : hindrance::none;
}

struct candidate {
  std::optional<std::size_t> at = {};
  hindrance hindered = hindrance::no_tier;
};

/// @param worth  what asking a tier is worth, by index; the first with the greatest is taken if it is above 0.
template <class worth_of> candidate best_tier(const situation& now, const worth_of& worth) {
  candidate best;
  double most = 0;
  for (std::size_t i = 0; i < now.tiers.size(); ++i) {
    const tier& each = now.tiers[i];
    const double gain = each.usable ? worth(each, i) : 0;
    if (gain <= most) {
      continue;
    }
    const hindrance found = hindering(now, each.cost, each.time);
    if (found == hindrance::none) {
      most = gain;
      best.at = i;
    } else if (best.hindered == hindrance::no_tier) {
      best.hindered = found; // of the nearest tier that would have been asked
    }
  }
  return best;
}

/// Cheapest first: an earlier tier is worth more than any later one.
double earlier(std::size_t index) {
  return 1 / (1 + static_cast<double>(index));
}

cause first_cause(const rule& by, const situation& now, double p_wrong) {
  if (by.invalid_escalates && now.seen.format_valid == false) {
    return cause::format;
  }
  if (now.seen.empty) {
    return cause::empty;
  }
  if (by.refusal_escalates && now.seen.refusal) {
    return cause::refusal;
  }
  if (1 - p_wrong < now.confidence_min) {
    return cause::confidence;
  }
  return by.threshold_kept && p_wrong >= by.threshold ? cause::threshold : cause::trusted;
}

double gain_of(const rule& by, const tier& asked, double p_wrong) {
  return (p_wrong - asked.p_wrong.value_or(0)) * nano(by.loss) - nano(asked.cost);
}

bool samples_again(const rule& by, const situation& now, const tier& instead, cause why) {
  const bool about_trust = why == cause::confidence || why == cause::threshold || why == cause::loss;
  if (!about_trust || now.samples >= now.samples_max) {
    return false;
  }
  const double all = nano(now.sample_cost) * (now.samples_max - now.samples);
  return all <= by.sampling_share_max * nano(instead.cost) &&
         hindering(now, now.sample_cost, now.sample_time) == hindrance::none;
}

std::string wording(cause why, const rule& by, const situation& now, double p_wrong) {
  switch (why) {
  case cause::trusted: return fmt::format("P(wrong) {:.3f}", p_wrong);
  case cause::format: return "the answer breaks the asked format";
  case cause::empty: return "the answer is empty";
  case cause::refusal: return "the answer declines";
  case cause::confidence: return fmt::format("confidence {:.3f} is below {:.3f}", 1 - p_wrong, now.confidence_min);
  case cause::threshold: return fmt::format("P(wrong) {:.3f} is not below the threshold {:.3f}", p_wrong, by.threshold);
  case cause::loss:
    return fmt::format("P(wrong) {:.3f} x loss {:.6f} USD exceeds the dearer model's cost", p_wrong, by.loss.usd());
  }
  return {};
}

} // namespace

std::string_view to_string(step what) noexcept {
  constexpr std::array k_names = {"serve", "sample", "escalate"};
  return k_names.at(static_cast<std::size_t>(what));
}

std::string_view to_string(cause why) noexcept {
  constexpr std::array k_names = {"trusted", "format", "empty", "refusal", "confidence", "threshold", "loss"};
  return k_names.at(static_cast<std::size_t>(why));
}

std::string_view to_string(hindrance what) noexcept {
  constexpr std::array k_names = {"none", "no_tier", "budget", "time"};
  return k_names.at(static_cast<std::size_t>(what));
}

ruling decide(const rule& by, const situation& now) {
  const double p_wrong = sane(now.p_wrong);
  ruling made{.why = first_cause(by, now, p_wrong)};
  candidate next;
  if (made.why != cause::trusted) {
    const bool about_risk = made.why == cause::threshold;
    next = best_tier(now, [&](const tier& each, std::size_t i) {
      return about_risk && each.p_wrong.value_or(0) >= p_wrong ? 0 : earlier(i);
    });
  } else if (by.loss > money{}) {
    next = best_tier(now, [&](const tier& each, std::size_t) { return gain_of(by, each, p_wrong); });
    const bool wanted = next.at || next.hindered != hindrance::no_tier;
    made.why = wanted ? cause::loss : cause::trusted;
  }
  made.reason = wording(made.why, by, now, p_wrong);
  if (made.why == cause::trusted) {
    return made;
  }
  if (!next.at) {
    made.hindered = next.hindered;
    made.reason += fmt::format("; served all the same: {}", to_string(made.hindered));
  } else if (samples_again(by, now, now.tiers[*next.at], made.why)) {
    made.what = step::sample;
  } else {
    made.what = step::escalate;
    made.tier = *next.at;
  }
  return made;
}

} // namespace inferenceflow::escalation
