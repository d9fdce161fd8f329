#include "bench/serving/crowd.h"
#include "bench/serving/rates.h"
#include "bench/serving/samples.h"
#include "bench/serving/stage.h"

#include <algorithm>
#include <fmt/format.h>
#include <utility>

namespace inferenceflow::bench {
namespace {

constexpr std::uint32_t k_prefix_tokens = 1000;
constexpr std::uint32_t k_tail_tokens = 16;
constexpr std::uint32_t k_answer_tokens = 32;
constexpr std::uint32_t k_concurrency = 8;
constexpr std::uint32_t k_rounds_max = 3;
constexpr std::uint32_t k_cells = 12288; // room for all, even if nothing were shared
constexpr double k_target = 6;

struct samples {
  std::vector<double> ratio_known; ///< the prefix was served before
  std::vector<double> ratio_new;   ///< all ask at once for a prefix that nobody knows
  std::vector<double> tokens_per_s;
};

/// Requests that share `prefix`, all at once.
result<double> prefix_rate(stage& on, const served_model& model, const token_list& prefix, std::uint32_t tokens_max) {
  std::vector<engine::generation> requests;
  for (std::uint32_t i = 0; i < k_concurrency; ++i) {
    requests.push_back(greedy(on.prompts.ending(prefix, k_tail_tokens), tokens_max));
  }
  return rate_of_wave(model.engine(), requests);
}

/// The first round also asks for a prefix that nobody has served yet.
result<void> measure_round(stage& on, const served_model& model, bool as_new, samples& out) {
  const auto tokens_max = on.by.tiny ? 4 : k_answer_tokens;
  const auto prefix = on.prompts.noise(on.by.tiny ? 64 : k_prefix_tokens);
  const auto naive = naive_rate(on, {on.prompts.ending(prefix, k_tail_tokens)}, tokens_max);
  if (as_new) {
    const auto rate = prefix_rate(on, model, prefix, tokens_max);
    if (rate.has_error()) {
      return rate.error();
    }
    out.ratio_new.push_back(rate.value() / naive);
  } else if (const auto served = ask_together(model.engine(), {greedy(on.prompts.ending(prefix, k_tail_tokens), 1)});
             served.has_error()) {
    return served.error();
  }
  on.bar.step(1);
  const auto rate = prefix_rate(on, model, prefix, tokens_max);
  if (rate.has_error()) {
    return rate.error();
  }
  out.ratio_known.push_back(rate.value() / naive);
  out.tokens_per_s.push_back(rate.value());
  on.bar.step(1);
  return {};
}

std::uint32_t rounds_of(const settings& by) {
  return std::min(by.rounds, k_rounds_max);
}

} // namespace

std::size_t shared_prefix_steps(const settings& by) {
  return 2 * rounds_of(by);
}

result<measured> measure_shared_prefix(stage& on) {
  const auto model = served_model::open(on.by, k_concurrency, on.by.tiny ? 2048 : k_cells);
  if (model.has_error()) {
    return model.error();
  }
  samples got;
  for (std::uint32_t round = 0; round < rounds_of(on.by); ++round) {
    if (const auto done = measure_round(on, *model.value(), round == 0, got); done.has_error()) {
      return done.error();
    }
  }
  const auto known = spread_of(got.ratio_known).median;
  const auto fresh = spread_of(got.ratio_new).median;
  measured out;
  out.report["shared_prefix"] = {{"concurrency", k_concurrency},
                                 {"prefix_tokens", k_prefix_tokens},
                                 {"tokens_per_s", spread_of(got.tokens_per_s).median},
                                 {"ratio_to_naive", known},
                                 {"ratio_to_naive_quartiles", quartiles(got.ratio_known)},
                                 {"ratio_to_naive_new_prefix", fresh}};
  out.table = fmt::format("{} at once with {} tokens in common, beside one at a time: {} when they were served before, "
                          "{:.2f} when they are new\n",
                          k_concurrency, k_prefix_tokens, shown(got.ratio_known), fresh);
  if (known < k_target) {
    out.missed.push_back(fmt::format(
        "throughput with a shared prefix beside one call at a time: {:.2f}, target at least {:.0f}", known, k_target));
  }
  return out;
}

} // namespace inferenceflow::bench
