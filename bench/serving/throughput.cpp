#include "bench/serving/crowd.h"
#include "bench/serving/llama_tool.h"
#include "bench/serving/samples.h"
#include "bench/serving/stage.h"

#include <algorithm>
#include <boost/json/array.hpp>
#include <chrono>
#include <fmt/format.h>
#include <map>
#include <utility>

namespace inferenceflow::bench {
namespace {

constexpr std::uint32_t k_prompt_tokens = 32;
constexpr std::uint32_t k_waves_tokens = 4; // at low concurrency several waves make a sample, of so many requests
constexpr std::uint32_t k_naive_requests = 4;
constexpr std::uint32_t k_prefix_tokens = 1000;
constexpr std::uint32_t k_tail_tokens = 16;
constexpr std::uint32_t k_prefix_answer_tokens = 32;
constexpr std::uint32_t k_prefix_concurrency = 8;
constexpr std::uint32_t k_prefix_rounds_max = 3;
constexpr std::uint32_t k_sequences = 16;
constexpr std::uint32_t k_cells = 12288;
constexpr double k_llama_target = 0.95;
constexpr double k_naive_target = 3;
constexpr double k_prefix_target = 6;
constexpr std::uint32_t k_naive_target_concurrency = 8;

/// Per level of concurrency: one value a round.
struct level_samples {
  std::vector<double> tokens_per_s;
  std::vector<double> llama_tokens_per_s;
  std::vector<double> ratio_llama;
  std::vector<double> ratio_unified;
  std::vector<double> ratio_naive;
};

struct prefix_samples {
  std::vector<double> ratio_known; ///< the prefix was served before
  std::vector<double> ratio_new;   ///< all ask at once for a prefix that nobody knows
  std::vector<double> tokens_per_s;
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

/// Tokens per second of requests that are all asked at once.
result<double> rate_of_wave(engine::model_engine& model, const std::vector<engine::generation>& requests) {
  const auto begin = std::chrono::steady_clock::now();
  const auto answers = ask_together(model, requests);
  if (answers.has_error()) {
    return answers.error();
  }
  double tokens = 0;
  auto end = begin;
  for (const auto& got : answers.value()) {
    tokens += got.counts.completion;
    end = std::max(end, got.ended);
  }
  return tokens / std::chrono::duration<double>(end - begin).count();
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
      return rate;
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
    return seconds;
  }
  return wanted.repeats * concurrency * answer_tokens(on.by) / seconds.value();
}

double naive_rate(stage& on, const std::vector<token_list>& prompts, std::uint32_t tokens_max) {
  const auto begin = std::chrono::steady_clock::now();
  for (const auto& prompt : prompts) {
    static_cast<void>(on.bare.run(prompt, tokens_max));
  }
  return static_cast<double>(prompts.size()) * tokens_max /
         std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
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
      return done;
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
        return done;
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

/// Requests that share `prefix`, all at once.
result<double> prefix_rate(stage& on, const served_model& model, const token_list& prefix, std::uint32_t tokens_max) {
  std::vector<engine::generation> requests;
  for (std::uint32_t i = 0; i < k_prefix_concurrency; ++i) {
    requests.push_back(greedy(on.prompts.ending(prefix, k_tail_tokens), tokens_max));
  }
  return rate_of_wave(model.engine(), requests);
}

/// The first round also asks for a prefix that nobody has served yet.
result<void> measure_shared_prefix(stage& on, const served_model& model, bool as_new, prefix_samples& out) {
  const auto tokens_max = on.by.tiny ? 4 : k_prefix_answer_tokens;
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

boost::json::array quartiles(const std::vector<double>& values) {
  const auto of = spread_of(values);
  return {of.lower, of.upper};
}

std::string shown(const std::vector<double>& ratios) {
  if (ratios.empty()) {
    return fmt::format("{:>20}", "-");
  }
  const auto of = spread_of(ratios);
  return fmt::format("{:>6.2f} ({:5.2f}-{:5.2f})", of.median, of.lower, of.upper);
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
                   const std::vector<double>& naive, const prefix_samples& prefix) {
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
  const auto known = spread_of(prefix.ratio_known);
  const auto fresh = spread_of(prefix.ratio_new);
  out.report["shared_prefix"] = {{"concurrency", k_prefix_concurrency},
                                 {"prefix_tokens", k_prefix_tokens},
                                 {"tokens_per_s", spread_of(prefix.tokens_per_s).median},
                                 {"ratio_to_naive", known.median},
                                 {"ratio_to_naive_quartiles", quartiles(prefix.ratio_known)},
                                 {"ratio_to_naive_new_prefix", fresh.median}};
  judge(out, "throughput with a shared prefix beside one call at a time", known.median, k_prefix_target);
  out.table += fmt::format("{} at once with a shared prefix of {} tokens, beside one at a time: {} when it was served "
                           "before, {:.2f} when it is new\n",
                           k_prefix_concurrency, k_prefix_tokens, shown(prefix.ratio_known), fresh.median);
  return out;
}

} // namespace

std::size_t throughput_steps(const settings& by) {
  return by.rounds * (1 + levels_of(by).size()) + 2 * std::min(by.rounds, k_prefix_rounds_max);
}

result<measured> measure_throughput(stage& on) {
  const auto model = served_model::open(on.by, k_sequences, on.by.tiny ? 2048 : k_cells);
  if (model.has_error()) {
    return model.error();
  }
  if (const auto warm = engine_rate(on, *model.value(), levels_of(on.by).back()); warm.has_error()) {
    return warm.error();
  }
  std::map<std::uint32_t, level_samples> levels;
  std::vector<double> naive;
  prefix_samples prefix;
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
    if (round < k_prefix_rounds_max) {
      if (const auto done = measure_shared_prefix(on, *model.value(), round == 0, prefix); done.has_error()) {
        return done.error();
      }
    }
  }
  return report_of(on.by, levels, naive, prefix);
}

} // namespace inferenceflow::bench
