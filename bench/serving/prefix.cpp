#include "bench/serving/crowd.h"
#include "bench/serving/samples.h"
#include "bench/serving/stage.h"

#include <boost/json/array.hpp>
#include <fmt/format.h>
#include <utility>

namespace inferenceflow::bench {
namespace {

constexpr std::uint32_t k_prefix_tokens = 1000;
constexpr std::uint32_t k_tail_tokens = 8;
constexpr std::uint32_t k_sequences = 4;
constexpr std::uint32_t k_cells = 8192;
constexpr double k_target = 10;

/// Seconds until the first token.
result<double> first_token(const served_model& model, token_list prompt) {
  const auto got = ask_together(model.engine(), {greedy(std::move(prompt), 1)});
  if (got.has_error()) {
    return got.error();
  }
  model.settle();
  return got.value().front().seconds();
}

} // namespace

std::size_t prefix_steps(const settings& by) {
  return by.rounds;
}

result<measured> measure_prefix(stage& on) {
  const auto model = served_model::open(on.by, k_sequences, on.by.tiny ? 1024 : k_cells);
  if (model.has_error()) {
    return model.error();
  }
  const auto length = on.by.tiny ? 200 : k_prefix_tokens;
  std::vector<double> cold;
  std::vector<double> warm;
  std::vector<double> ratios;
  for (std::uint32_t round = 0; round < on.by.rounds; ++round) {
    const auto prefix = on.prompts.noise(length);
    for (auto* times : {&cold, &warm}) {
      const auto seconds = first_token(*model.value(), on.prompts.ending(prefix, k_tail_tokens));
      if (seconds.has_error()) {
        return seconds.error();
      }
      times->push_back(seconds.value());
    }
    ratios.push_back(cold.back() / warm.back());
    on.bar.step(1);
  }
  const auto ratio = spread_of(ratios);
  measured out;
  out.report["prefix_ttft_cold_over_warm"] = ratio.median;
  out.report["prefix_ttft"] = {{"prefix_tokens", length},
                               {"cold_ms", 1e3 * spread_of(cold).median},
                               {"warm_ms", 1e3 * spread_of(warm).median},
                               {"ratio_quartiles", boost::json::array{ratio.lower, ratio.upper}}};
  out.table = fmt::format("time to first token, {} tokens before it: new {:.1f} ms, served before {:.1f} ms: "
                          "{:.1f} times faster ({:.1f}-{:.1f})\n",
                          length + k_tail_tokens, 1e3 * spread_of(cold).median, 1e3 * spread_of(warm).median,
                          ratio.median, ratio.lower, ratio.upper);
  if (ratio.median < k_target) {
    out.missed.push_back(fmt::format("time to first token with a known prefix: {:.1f} times faster, target {:.0f}",
                                     ratio.median, k_target));
  }
  return out;
}

} // namespace inferenceflow::bench
