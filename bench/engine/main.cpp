// Single-stream decode speed of the engine beside llama.cpp's own; see README.md.
#include "bench/default_model.h"
#include "bench/engine/reference_loop.h"
#include "engine/engine_set.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <fmt/core.h>
#include <fstream>
#include <future>
#include <optional>
#include <string>
#include <vector>

namespace {

using namespace inferenceflow;

constexpr std::uint32_t k_context_tokens = 2048;

struct options {
  std::string model;
  std::string json;
  std::string prompt = "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen";
  std::uint32_t threads = 1;
  std::uint32_t tokens = 128;
  std::uint32_t rounds = 9;
};

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

// One greedy answer through the engine, timed from its first text to its end.
std::optional<bench::decode_run> run_engine(engine::model_engine& model, const options& wanted) {
  engine::generation request;
  request.prompt = wanted.prompt;
  request.sampling.temperature = 0;
  request.tokens_max = wanted.tokens;
  std::optional<std::chrono::steady_clock::time_point> first;
  bench::decode_run out;
  std::uint32_t before = 0;
  double cpu_at_first = 0;
  std::promise<bool> done;
  const auto job = model.submit(request, [&](engine::generation_event&& event) {
    const auto now = std::chrono::steady_clock::now();
    if (const auto* delta = std::get_if<engine::text_delta>(&event); delta != nullptr && !first) {
      first = now;
      before = delta->so_far.completion;
      cpu_at_first = bench::process_cpu_seconds();
    } else if (const auto* end = std::get_if<engine::generation_end>(&event)) {
      out.tokens = end->counts.completion - before;
      out.seconds = std::chrono::duration<double>(now - first.value_or(now)).count();
      out.cpu_seconds = bench::process_cpu_seconds() - cpu_at_first;
      done.set_value(true);
    } else if (std::holds_alternative<error>(event)) {
      fmt::print(stderr, "{}\n", std::get<error>(event).message);
      done.set_value(false);
    }
  });
  if (job.has_error() || !done.get_future().get()) {
    return std::nullopt;
  }
  return out;
}

int measure(const options& wanted) {
  engine::model_config config;
  config.name = "bench";
  config.path = wanted.model;
  config.context_tokens = k_context_tokens;
  config.threads = wanted.threads;
  const engine::engine_set set({config}, {});
  auto& model = *set.find("bench");
  const auto reference = bench::reference_loop::make(wanted.model, wanted.threads, k_context_tokens);
  if (!reference || !run_engine(model, wanted)) {
    fmt::print(stderr, "cannot load {}; run `make models` to fetch it\n", wanted.model);
    return 1;
  }
  static_cast<void>(reference->run(wanted.prompt, wanted.tokens));
  std::vector<double> ours;
  std::vector<double> theirs;
  std::vector<double> ratios;
  std::vector<double> cpu_ratios;
  for (std::uint32_t round = 0; round < wanted.rounds; ++round) {
    // Whoever goes first changes with the round, so that neither always runs on the warmer machine.
    const bool engine_first = round % 2 == 0;
    auto mine = engine_first ? run_engine(model, wanted) : std::nullopt;
    const auto bare = reference->run(wanted.prompt, wanted.tokens);
    mine = engine_first ? mine : run_engine(model, wanted);
    if (!mine) {
      return 1;
    }
    ours.push_back(mine->tokens_per_s());
    theirs.push_back(bare.tokens_per_s());
    ratios.push_back(ours.back() / theirs.back());
    cpu_ratios.push_back(bare.cpu_ms_per_token() / mine->cpu_ms_per_token());
    fmt::print(
        "round {:2}: engine {:6.1f} tokens/s {:5.2f} CPU ms/token, llama.cpp {:6.1f} tokens/s {:5.2f} CPU ms/token, "
        "ratio {:.3f}, by CPU {:.3f}\n",
        round + 1, ours.back(), mine->cpu_ms_per_token(), theirs.back(), bare.cpu_ms_per_token(), ratios.back(),
        cpu_ratios.back());
  }
  fmt::print(
      "median:   engine {:6.1f} tokens/s, llama.cpp {:6.1f} tokens/s, ratio {:.3f}, by CPU {:.3f} (threads {})\n",
      median(ours), median(theirs), median(ratios), median(cpu_ratios), wanted.threads);
  if (!wanted.json.empty()) {
    std::ofstream(wanted.json) << fmt::format("{{\"decode_tokens_per_s\": {:.1f}, \"llama_cpp_tokens_per_s\": {:.1f}, "
                                              "\"ratio\": {:.4f}, \"cpu_ratio\": {:.4f}, "
                                              "\"threads\": {}, \"tokens\": {}, \"rounds\": {}}}\n",
                                              median(ours), median(theirs), median(ratios), median(cpu_ratios),
                                              wanted.threads, wanted.tokens, wanted.rounds);
  }
  return 0;
}

} // namespace

int main(int argc, char** argv) {
  options wanted;
  wanted.model = bench::default_model("SmolLM2-135M-Instruct.Q4_1.gguf");
  CLI::App app{"Single-stream decode speed: the engine beside a bare llama.cpp loop"};
  app.add_option("--model", wanted.model, "GGUF file");
  app.add_option("--threads", wanted.threads, "compute threads of both")->check(CLI::Range(1, 512));
  app.add_option("--tokens", wanted.tokens, "tokens per answer")->check(CLI::Range(8, 1900));
  app.add_option("--rounds", wanted.rounds, "rounds, alternating")->check(CLI::Range(1, 1000));
  app.add_option("--prompt", wanted.prompt, "text to continue");
  app.add_option("--json", wanted.json, "write the figures to this file");
  CLI11_PARSE(app, argc, argv);
  return measure(wanted);
}
