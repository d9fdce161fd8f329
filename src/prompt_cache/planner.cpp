#include "prompt_cache/planner.h"

#include <algorithm>

namespace inferenceflow::prompt_cache {

namespace {

using dialogue::cache_life;

/// What one boundary is worth, per token behind the boundary before it, in multiples of the fresh price.
struct worth {
  double reuses = 0;       ///< expected within the chosen life
  double gain_minutes = 0; ///< expected, after the price of writing
  double gain_hour = 0;
  bool minutes_pay = false; ///< more than the break-even of reuses are expected
  bool hour_pays = false;
  [[nodiscard]] bool pays() const { return minutes_pay || hour_pays; }
};

/// Reuses before the first pause that outlasts the life, when each pause is short enough with this chance.
double reuses_of(double chance) {
  return chance / (1 - chance);
}

worth worth_of(double minutes, double hour, const model_rules& rules, const tariff& prices) {
  worth of;
  const double discount = 1 - prices.read;
  of.minutes_pay = reuses_of(minutes) > prices.break_even(prices.write_minutes);
  of.hour_pays = rules.hour && reuses_of(hour) > prices.break_even(prices.write_hour);
  // Returns between five minutes and an hour: kept for an hour they read, kept for minutes they write again.
  const double late = (hour - minutes) / (1 - hour);
  const double read = discount * minutes / (1 - hour);
  of.gain_minutes = read - late * std::max(prices.write_minutes - 1, 0.0) - (prices.write_minutes - 1);
  of.gain_hour = read + late * discount - (prices.write_hour - 1);
  of.hour_pays = of.hour_pays && (!of.minutes_pay || of.gain_hour > of.gain_minutes);
  of.reuses = reuses_of(of.hour_pays ? hour : minutes);
  return of;
}

double hour_over_minutes(const worth& of) {
  const double more = of.gain_hour - of.gain_minutes;
  if (!of.hour_pays) {
    return std::min(more, 0.0);
  }
  return of.minutes_pay ? more : std::max(more, of.gain_hour);
}

class planning {
public:
  planning(std::span<const boundary> prompt, std::span<const reuse> expected, const model_rules& rules,
           const tariff& prices)
      : prompt_(prompt)
      , expected_(expected)
      , rules_(rules) {
    worths_.reserve(prompt.size());
    double minutes = 1;
    double hour = 1;
    for (const reuse& each : expected) {
      // Whoever reuses a prompt reuses what it begins with: a chance can only fall from block to block.
      minutes = std::min(minutes, each.within_minutes);
      hour = std::min(hour, each.within_hour);
      worths_.push_back(worth_of(minutes, hour, rules, prices));
    }
  }

  plan make() {
    plan made;
    std::size_t first = 0; ///< boundaries before it are the client's business
    std::size_t free = rules_.marks ? rules_.marks_max : 0;
    for (std::size_t i = 0; i < prompt_.size(); ++i) {
      if (expected_[i].kept) {
        made.hit = i;
      }
      if (prompt_[i].client_mark) {
        first = i + 1;
        free -= std::min<std::size_t>(free, 1);
      }
    }
    if (free == 0) {
      return made;
    }
    first_ = first;
    choose(made.hit, free);
    std::sort(chosen_.begin(), chosen_.end());
    set_lives(made);
    return made;
  }

private:
  [[nodiscard]] bool usable(std::size_t i) const {
    const boundary& at = prompt_[i];
    return i >= first_ && at.markable && !at.client_mark && at.tokens >= rules_.tokens_min &&
           (at.part != section::tools || rules_.tools);
  }

  void choose(std::optional<std::size_t> hit, std::size_t free) {
    std::optional<std::size_t> deepest;
    for (std::size_t i = first_; i < prompt_.size(); ++i) {
      // What the provider holds costs nothing to mark, and without a mark it is not read.
      if (usable(i) && (worths_[i].pays() || (hit && i <= *hit))) {
        deepest = i;
      }
    }
    if (!deepest) {
      return;
    }
    chosen_.push_back(*deepest);
    if (hit && *hit < *deepest && usable(*hit) && free > 1 &&
        prompt_[*deepest].block - prompt_[*hit].block > rules_.lookback) {
      chosen_.push_back(*hit);
    }
    while (chosen_.size() < free && add_best(*deepest, hit)) {
    }
  }

  /// Marks within what is written anyway cost nothing. One helps those who share the prompt up to it and no further:
  /// they read up to it instead of up to the mark before it.
  bool add_best(std::size_t deepest, std::optional<std::size_t> hit) {
    constexpr double k_reuses_min = 0.05; // less is noise of the estimate
    double best = 0;
    std::optional<std::size_t> found;
    for (std::size_t i = first_; i < deepest; ++i) {
      if (!usable(i) || !(worths_[i].pays() || (hit && i <= *hit)) ||
          std::find(chosen_.begin(), chosen_.end(), i) != chosen_.end()) {
        continue;
      }
      std::int64_t before = 0;
      std::size_t next = deepest;
      for (const std::size_t other : chosen_) {
        if (other < i) {
          before = std::max(before, prompt_[other].tokens);
        } else {
          next = std::min(next, other);
        }
      }
      const double others = worths_[i].reuses - worths_[next].reuses;
      const double gain = others < k_reuses_min ? 0 : others * static_cast<double>(prompt_[i].tokens - before);
      if (gain > best) {
        best = gain;
        found = i;
      }
    }
    if (found) {
      chosen_.push_back(*found);
    }
    return found.has_value();
  }

  /// Longer lives must stand before shorter ones: of all places to change from an hour to minutes, the best.
  void set_lives(plan& made) const {
    std::size_t hours = 0;
    double best = 0;
    double sum = 0;
    std::int64_t before = made.hit ? prompt_[*made.hit].tokens : 0;
    for (std::size_t k = 0; k < chosen_.size() && !first_; ++k) {
      const std::size_t i = chosen_[k];
      const std::int64_t written = std::max<std::int64_t>(prompt_[i].tokens - before, 0);
      before = std::max(before, prompt_[i].tokens);
      sum += static_cast<double>(written) * hour_over_minutes(worths_[i]);
      // What is held for an hour already stays so; marking it costs nothing either way.
      const bool held = made.hit && i <= *made.hit && expected_[i].kept == cache_life::hour_1;
      if ((rules_.hour && sum > best) || held) {
        best = std::max(best, sum);
        hours = k + 1;
      }
    }
    for (std::size_t k = 0; k < chosen_.size(); ++k) {
      made.marks.push_back({.at = chosen_[k], .life = k < hours ? cache_life::hour_1 : cache_life::minutes_5});
    }
  }

  std::span<const boundary> prompt_;
  std::span<const reuse> expected_;
  const model_rules& rules_;
  std::vector<worth> worths_;
  std::vector<std::size_t> chosen_;
  std::size_t first_ = 0;
};

} // namespace

plan make_plan(std::span<const boundary> prompt, std::span<const reuse> expected, const model_rules& rules,
               const tariff& prices) {
  return planning{prompt, expected, rules, prices}.make();
}

} // namespace inferenceflow::prompt_cache
