#include "bench/serving/llama_tool.h"
#include "bench/serving/rates.h"
#include "bench/serving/samples.h"
#include "bench/serving/stage.h"

#include <algorithm>
#include <boost/json/array.hpp>
#include <fmt/format.h>
#include <map>
#include <utility>

namespace inferenceflow::bench {
namespace {

constexpr std::uint32_t k_prompt_tokens = 32;
constexpr std::uint32_t k_waves_tokens = 4; // at low concurrency several waves make a sample, of so many requests
constexpr std::uint32_t k_naive_requests = 4;
constexpr std::uint32_t k_sequences = 16;
constexpr std::uint32_t k_cells = 4096;
constexpr double k_llama_target = 0.95;
constexpr double k_naive_target = 3;
constexpr std::uint32_t k_naive_target_concurrency = 8;

/// Per level of concurrency: one value a round.
struct level_samples {
  std::vector<double> tokens_per_s;
  std::vector<double> llama_tokens_per_s;
  std::vector<double> ratio_llama;
  std::vector<double> ratio_unified;
  std::vector<double> ratio_naive;
};

std::vector<std::uint32_t> levels_of(const settings& by) {
  return by.tiny ? std::vector<std::uint32_t>{1, 4} : std::vector<std::uint32_t>{1, 2, 4, 8, 16};
}

std::uint32_t answer_tokens(const settings& by) {
  return by.tiny ? 8 : 64;
}

std::uint32_t waves_of(std::uint32_t concurrency) {
  return std::max(1U, k_waves_tokens / concurrency);
}

result<double> engine_rate(stage& on, const served_model& model, std::uint32_t concurrency) {
  double inverse = 0;
  const auto waves = waves_of(concurrency);
  for (std::uint32_t wave = 0; wave < waves; ++wave) {
    std::vector<engine::generation> requests;
    for (std::uint32_t i = 0; i < concurrency; ++i) {
      requests.push_back(greedy(on.prompts.fresh(k_prompt_tokens), answer_tokens(on.by)));
    }
    const auto rate = rate_of_wave(model.engine(), requests);
    if (rate.has_error()) {
      return rate.error();
    }
    inverse += 1 / rate.value();
  }
  return waves / inverse;
}

/// The tool decodes after the prompt; our first token comes with the prompt, so it computes one less.
result<double> tool_rate(const stage& on, std::uint32_t concurrency, bool unified_cells) {
  const tool_run wanted{.model = on.by.model,
                        .threads = on.by.threads,
                        .concurrency = concurrency,
                        .repeats = waves_of(concurrency),
                        .prompt_tokens = k_prompt_tokens,
                        .decoded_tokens = answer_tokens(on.by) - 1,
                        .unified_cells = unified_cells};
  const auto seconds = run_llama_tool(on.by.llama_tool, wanted);
  if (seconds.has_error()) {
    return seconds.error();
  }
  return wanted.repeats * concurrency * answer_tokens(on.by) / seconds.value();
}

result<void> measure_level(stage& on, const served_model& model, std::uint32_t concurrency, double naive, bool we_first,
                           level_samples& out) {
  double ours = 0;
  const auto take_ours = [&]() -> result<void> {
    const auto rate = engine_rate(on, model, concurrency);
    if (rate.has_error()) {
      return rate.error();
    }
    ours = rate.value();
    return {};
  };
  if (we_first) {
    if (const auto done = take_ours(); done.has_error()) {
      return done.error();
    }
  }
  std::map<bool, double> theirs;
  for (const bool unified : {false, true}) {
    if (!on.by.llama_tool.empty()) {
      const auto rate = tool_rate(on, concurrency, unified);
      if (rate.has_error()) {
        return rate.error();
      }
      theirs[unified] = rate.value();
    }
    if (!we_first && !unified) {
      if (const auto done = take_ours(); done.has_error()) {
        return done.error();
      }
    }
  }
  out.tokens_per_s.push_back(ours);
  out.ratio_naive.push_back(ours / naive);
  if (!theirs.empty()) {
    out.llama_tokens_per_s.push_back(theirs[false]);
    out.ratio_llama.push_back(ours / theirs[false]);
    out.ratio_unified.push_back(ours / theirs[true]);
  }
  on.bar.step(1);
  return {};
}

void judge(measured& out, const std::string& what, double got, double least) {
  if (got < least) {
    out.missed.push_back(fmt::format("{}: {:.2f}, target at least {:.2f}", what, got, least));
  }
}

void report_level(measured& out, std::uint32_t concurrency, const level_samples& got) {
  const auto ours = spread_of(got.tokens_per_s).median;
  boost::json::object row{{"concurrency", concurrency},
                          {"tokens_per_s", ours},
                          {"ratio_to_naive", spread_of(got.ratio_naive).median},
                          {"ratio_to_naive_quartiles", quartiles(got.ratio_naive)}};
  if (!got.ratio_llama.empty()) {
    row["llama_cpp_tokens_per_s"] = spread_of(got.llama_tokens_per_s).median;
    row["ratio_to_llama_cpp"] = spread_of(got.ratio_llama).median;
    row["ratio_to_llama_cpp_quartiles"] = quartiles(got.ratio_llama);
    row["ratio_to_llama_cpp_unified"] = spread_of(got.ratio_unified).median;
    row["ratio_to_llama_cpp_unified_quartiles"] = quartiles(got.ratio_unified);
    judge(out, fmt::format("throughput beside llama.cpp at {}", concurrency), spread_of(got.ratio_llama).median,
          k_llama_target);
  }
  if (concurrency == k_naive_target_concurrency) {
    judge(out, fmt::format("throughput beside one call at a time at {}", concurrency),
          spread_of(got.ratio_naive).median, k_naive_target);
  }
  out.report["throughput"].as_array().push_back(std::move(row));
  out.table +=
      fmt::format("{:>10} {:>9.1f} {:>10} {} {} {}\n", concurrency, ours,
                  got.ratio_llama.empty() ? "-" : fmt::format("{:.1f}", spread_of(got.llama_tokens_per_s).median),
                  shown(got.ratio_llama), shown(got.ratio_unified), shown(got.ratio_naive));
}

measured report_of(const settings& by, const std::map<std::uint32_t, level_samples>& levels,
                   const std::vector<double>& naive) {
  measured out;
  out.report["throughput"] = boost::json::array();
  out.report["naive_tokens_per_s"] = spread_of(naive).median;
  out.table = fmt::format("throughput: {} prompt and {} generated tokens each; ratios as median (quartiles) of rounds\n"
                          "{:>10} {:>9} {:>10} {:>20} {:>20} {:>20}\n",
                          k_prompt_tokens, answer_tokens(by), "at once", "tokens/s", "llama.cpp", "ours / llama.cpp",
                          "/ with unified KV", "/ one at a time");
  for (const auto& [concurrency, got] : levels) {
    report_level(out, concurrency, got);
  }
  return out;
}

} // namespace

std::size_t throughput_steps(const settings& by) {
  return by.rounds * (1 + levels_of(by).size());
}

result<measured> measure_throughput(stage& on) {
  const auto model = served_model::open(on.by, k_sequences, k_cells);
  if (model.has_error()) {
    return model.error();
  }
  if (const auto warm = engine_rate(on, *model.value(), levels_of(on.by).back()); warm.has_error()) {
    return warm.error();
  }
  std::map<std::uint32_t, level_samples> levels;
  std::vector<double> naive;
  for (std::uint32_t round = 0; round < on.by.rounds; ++round) {
    std::vector<token_list> prompts;
    for (std::uint32_t i = 0; i < k_naive_requests; ++i) {
      prompts.push_back(on.prompts.fresh(k_prompt_tokens));
    }
    naive.push_back(naive_rate(on, prompts, answer_tokens(on.by)));
    on.bar.step(1);
    for (const auto concurrency : levels_of(on.by)) {
      // Whoever goes first changes with the round, so that neither always runs on the warmer machine.
      const auto done =
          measure_level(on, *model.value(), concurrency, naive.back(), round % 2 == 0, levels[concurrency]);
      if (done.has_error()) {
        return done.error();
      }
    }
  }
  return report_of(on.by, levels, naive);
}

} // namespace inferenceflow::bench
