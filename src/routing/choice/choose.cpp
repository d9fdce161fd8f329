#include "routing/choice/choose.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <numeric>
#include <vector>

namespace inferenceflow::routing {

namespace {

constexpr double k_tokens_per_byte = 0.25;    ///< of English prose, until the target has counted some
constexpr double k_output_tokens_usual = 256; ///< of an answer whose length nobody can predict
constexpr double k_tiny = 1e-12;              ///< below it a reference is taken as nothing
constexpr double k_nano_per_usd = 1e9;

double ratio(double part, double whole) {
  return whole > k_tiny ? part / whole : 0;
}

double expected_output_tokens(const wishes& asked, const candidate& one) {
  const double expected = one.output_tokens > 0 ? one.output_tokens : k_output_tokens_usual;
  return asked.output_tokens_max
             ? std::min(expected, static_cast<double>(std::max<std::int64_t>(*asked.output_tokens_max, 1)))
             : expected;
}

double seconds_of(double first, double each, double tokens) {
  return first + each * std::max(tokens - 1, 0.0);
}

bool named(std::string_view wanted, const candidate& one) {
  return wanted == one.model ||
         (wanted.size() == one.provider.size() + one.model.size() + 1 && wanted.starts_with(one.provider) &&
          wanted.ends_with(one.model) && wanted[one.provider.size()] == '/');
}

class chooser {
public:
  chooser(const wishes& asked, std::span<const candidate> among, const preference& wanted, decision& made)
      : asked_(asked)
      , among_(among)
      , wanted_(wanted)
      , made_(made) {}

  void run() {
    for (const candidate& one : among_) {
      made_.candidates.push_back(scored_of(one));
      exclude(one, made_.candidates.back());
    }
    find_reference();
    for (std::size_t i = 0; i < among_.size(); ++i) {
      score(made_.candidates[i]);
    }
    put_in_order();
    explain();
  }

private:
  [[nodiscard]] scored scored_of(const candidate& one) const {
    const double tokens = expected_output_tokens(asked_, one);
    return {.provider = std::string{one.provider},
            .model = std::string{one.model},
            .tier = std::string{one.tier},
            .quality = one.quality,
            .cost_usd = expected_cost_usd(asked_, one),
            .seconds = one.speed.known() ? seconds_of(one.speed.first_token_s, one.speed.per_token_s, tokens) : -1,
            .output_tokens = static_cast<std::uint32_t>(tokens)};
  }

  /// The first reason that holds, those first that no waiting changes.
  void exclude(const candidate& one, scored& seen) const {
    const auto because = [&seen](verdict why, std::string detail) {
      seen.why = why;
      seen.detail = std::move(detail);
    };
    const auto is_named = [&one](const std::string& name) { return named(name, one); };
    const auto lacks = [&one](const std::string& tag) {
      return std::find(one.tags.begin(), one.tags.end(), tag) == one.tags.end();
    };
    const double prompt_tokens = expected_prompt_tokens(asked_, one);
    if (!asked_.models.empty() && std::none_of(asked_.models.begin(), asked_.models.end(), is_named)) {
      because(verdict::not_allowed, "not among the models that the request allows");
    } else if (const auto missing = std::find_if(asked_.tags.begin(), asked_.tags.end(), lacks);
               missing != asked_.tags.end()) {
      because(verdict::tags, fmt::format("lacks the tag '{}'", *missing));
    } else if (one.can.context_tokens != 0 && prompt_tokens > static_cast<double>(one.can.context_tokens)) {
      because(verdict::context, fmt::format("the prompt of about {:.0f} tokens exceeds its context of {}",
                                            prompt_tokens, one.can.context_tokens));
    } else if (asked_.tools && !one.can.tools) {
      because(verdict::tools, "takes no tools");
    } else if (asked_.images && !one.can.images) {
      because(verdict::images, "takes no images");
    } else if (asked_.json_schema && !one.can.json_schema) {
      because(verdict::json_schema, "does not follow a JSON schema");
    } else if (asked_.reasoning && !one.can.reasoning) {
      because(verdict::reasoning, "does not reason");
    } else if (asked_.streamed && !one.can.streaming) {
      because(verdict::streaming, "does not stream");
    } else if (asked_.budget && seen.cost_usd > asked_.budget->usd()) {
      because(verdict::budget, fmt::format("costs about {:.9f} USD, the budget is {} USD", seen.cost_usd,
                                           to_usd_string(*asked_.budget)));
    } else if (const double slow = high_seconds(one, seen);
               asked_.latency && slow * 1'000 > static_cast<double>(asked_.latency->count())) {
      because(verdict::latency,
              fmt::format("takes up to {:.0f} ms, {} ms are asked for", slow * 1'000, asked_.latency->count()));
    } else if (!one.healthy) {
      because(verdict::unhealthy, "breaker open, backend sick or keys resting");
    }
  }

  [[nodiscard]] static double high_seconds(const candidate& one, const scored& seen) {
    return seconds_of(one.speed.first_token_high_s, one.speed.per_token_high_s, seen.output_tokens);
  }

  void find_reference() {
    for (std::size_t i = 0; i < among_.size(); ++i) {
      const scored& seen = made_.candidates[i];
      if (excluded(seen.why) || seen.quality < 0) {
        continue;
      }
      const bool better = best_ < 0 || seen.quality > made_.candidates[static_cast<std::size_t>(best_)].quality;
      best_ = better ? static_cast<int>(i) : best_;
    }
  }

  void score(scored& seen) const {
    if (excluded(seen.why) || best_ < 0 || wanted_.which == strategy::in_order) {
      return;
    }
    const scored& best = made_.candidates[static_cast<std::size_t>(best_)];
    const double weight = wanted_.which == strategy::cost_optimal      ? 1.0
                          : wanted_.which == strategy::latency_optimal ? 0.0
                                                                       : wanted_.cost_weight;
    // Without a reference's cost or time the term compares by the plain figure: a free reference is no reason to pay.
    const double cost = best.cost_usd > k_tiny ? seen.cost_usd / best.cost_usd : seen.cost_usd;
    const double time = seen.seconds < 0 || best.seconds < 0 ? 1.0 : ratio(seen.seconds, best.seconds);
    seen.score = weight * cost + (1 - weight) * time + wanted_.usd_price * seen.cost_usd;
    if (seen.quality < 0) {
      seen.why = verdict::unknown_quality;
      seen.detail = "no quality is known of it";
      return;
    }
    seen.score += wanted_.quality_weight * (1 - ratio(seen.quality, best.quality));
    if (seen.quality < wanted_.quality_min * best.quality - k_tiny) {
      seen.why = verdict::quality;
      seen.detail = fmt::format("quality {:.3f} is below {:.3f}", seen.quality, wanted_.quality_min * best.quality);
    }
  }

  /// 0: good enough; 1: not good enough; 2: unknown; 3: cannot be asked.
  [[nodiscard]] int rank(std::size_t i) const {
    const verdict why = made_.candidates[i].why;
    return excluded(why) ? 3 : best_ < 0 ? 0 : why == verdict::unknown_quality ? 2 : why == verdict::quality ? 1 : 0;
  }

  void put_in_order() {
    made_.order.resize(among_.size());
    std::iota(made_.order.begin(), made_.order.end(), std::size_t{0});
    std::erase_if(made_.order, [this](std::size_t i) { return rank(i) == 3; });
    std::stable_sort(made_.order.begin(), made_.order.end(), [this](std::size_t a, std::size_t b) {
      if (rank(a) != rank(b)) {
        return rank(a) < rank(b);
      }
      if (rank(a) == 1) { // none of them is good enough: the best comes first
        return made_.candidates[a].quality > made_.candidates[b].quality;
      }
      return rank(a) == 0 && made_.candidates[a].score < made_.candidates[b].score;
    });
    made_.chosen = made_.order.empty() ? -1 : static_cast<int>(made_.order.front());
  }

  void explain() {
    if (made_.chosen < 0) {
      return;
    }
    scored& first = made_.candidates[static_cast<std::size_t>(made_.chosen)];
    first.why = verdict::chosen;
    for (scored& other : made_.candidates) {
      if (other.why != verdict::next || &other == &first || best_ < 0 || wanted_.which == strategy::in_order) {
        continue;
      }
      if (other.cost_usd > first.cost_usd && wanted_.which != strategy::latency_optimal) {
        other.why = verdict::dearer;
      } else if (other.seconds > first.seconds && first.seconds >= 0) {
        other.why = verdict::slower;
      }
    }
  }

  const wishes& asked_;
  std::span<const candidate> among_;
  const preference& wanted_;
  decision& made_;
  int best_ = -1; ///< the reference; -1 when no quality is known
};

} // namespace

std::string_view to_string(strategy which) noexcept {
  switch (which) {
  case strategy::in_order: return "in_order";
  case strategy::cost_optimal: return "cost_optimal";
  case strategy::latency_optimal: return "latency_optimal";
  case strategy::balanced: return "balanced";
  }
  return "in_order";
}

double expected_prompt_tokens(const wishes& asked, const candidate& one) noexcept {
  return static_cast<double>(asked.prompt_bytes) * (one.tokens_per_byte > 0 ? one.tokens_per_byte : k_tokens_per_byte);
}

double expected_cost_usd(const wishes& asked, const candidate& one) noexcept {
  if (one.price == nullptr) {
    return 0;
  }
  const double prompt = expected_prompt_tokens(asked, one);
  const double warm =
      std::min(prompt, prompt * ratio(static_cast<double>(one.warm_bytes), static_cast<double>(asked.prompt_bytes)));
  const cost::price_tier* tier = cost::tier_of(*one.price, static_cast<std::int64_t>(prompt));
  const double per_request = one.price->per_request.usd();
  if (tier == nullptr) {
    return per_request;
  }
  const auto each = [](token_price price) {
    return static_cast<double>(price.nano_usd_per_mtok) / k_nano_per_usd / 1e6;
  };
  return per_request + (prompt - warm) * each(tier->input) + warm * each(tier->cached_input) +
         expected_output_tokens(asked, one) * each(tier->output);
}

namespace {

/// Mean of what is known; 0 when nothing is.
double known_mean(std::span<const candidate> among, double candidate::*figure) {
  double sum = 0;
  double count = 0;
  for (const candidate& one : among) {
    sum += one.*figure > 0 ? one.*figure : 0;
    count += one.*figure > 0 ? 1 : 0;
  }
  return ratio(sum, count);
}

/// Who has not answered yet is taken to be like the others: else the first to answer briefly would look cheap.
std::vector<candidate> filled_in(std::span<const candidate> among) {
  std::vector<candidate> all{among.begin(), among.end()};
  for (const auto figure : {&candidate::output_tokens, &candidate::tokens_per_byte}) {
    const double usual = known_mean(among, figure);
    for (candidate& one : all) {
      one.*figure = one.*figure > 0 ? one.*figure : usual;
    }
  }
  return all;
}

} // namespace

decision choose(std::string_view route, const wishes& asked, std::span<const candidate> among,
                const preference& wanted) {
  decision made;
  made.route = route;
  made.strategy = to_string(wanted.which);
  made.candidates.reserve(among.size());
  const auto all = filled_in(among);
  chooser{asked, all, wanted, made}.run();
  return made;
}

std::string why_nobody(const decision& made) {
  std::string text;
  for (const scored& one : made.candidates) {
    text += fmt::format("{}{} ({}): {}", text.empty() ? "" : "; ", one.model, one.provider, one.detail);
  }
  return text;
}

} // namespace inferenceflow::routing
