// Throughput, latency per lane, prefix reuse, fairness and memory of the engine, in one run; see README.md.
#include "bench/default_model.h"
#include "bench/serving/stage.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <filesystem>
#include <fmt/core.h>
#include <fstream>
#include <string>
#include <thread>
#include <utility>

namespace inferenceflow::bench {

const std::vector<measurement>& all_measurements() {
  static const std::vector<measurement> all{
      {"throughput", throughput_steps, measure_throughput},
      {"shared_prefix", shared_prefix_steps, measure_shared_prefix},
      {"lanes", lanes_steps, measure_lanes},
      {"prefix", prefix_steps, measure_prefix},
      {"fairness", fairness_steps, measure_fairness},
      {"outputs", outputs_steps, measure_outputs},
      {"memory", memory_steps, measure_memory},
  };
  return all;
}

namespace {

constexpr std::uint32_t k_bare_context_tokens = 2048;
constexpr std::string_view k_enumeration = " one two three four five six seven eight nine ten eleven twelve";

bool is_wanted(const settings& by, const std::string& name) {
  return by.only.empty() || ("," + by.only + ",").find("," + name + ",") != std::string::npos;
}

/// @returns what --only names and nobody knows.
result<void> check_names(const settings& by) {
  std::string known;
  for (const auto& one : all_measurements()) {
    known += (known.empty() ? "" : ", ") + one.name;
  }
  for (std::size_t begin = 0; begin < by.only.size();) {
    const auto end = std::min(by.only.find(',', begin), by.only.size());
    const auto name = by.only.substr(begin, end - begin);
    if ((", " + known + ",").find(", " + name + ",") == std::string::npos) {
      return make_error(error_kind::invalid_request,
                        fmt::format("--only: there is no '{}'; there are {}", name, known));
    }
    begin = end + 1;
  }
  return {};
}

double load_average() {
  double value = 0;
  std::ifstream("/proc/loadavg") >> value;
  return value;
}

boost::json::object setting_of(const settings& by) {
  return {{"model", std::filesystem::path(by.model).filename().string()},
          {"cores", std::thread::hardware_concurrency()},
          {"threads", by.threads},
          {"rounds", by.rounds},
          {"seconds", by.seconds},
          {"token_gap_ms", by.gap_ms},
          {"prefixes_max", by.prefixes},
          {"seed", by.seed},
          {"load_average_before", load_average()}};
}

result<void> write(const std::string& path, const std::string& text) {
  std::error_code ignored;
  std::filesystem::create_directories(std::filesystem::path(path).parent_path(), ignored);
  std::ofstream file(path);
  file << text;
  return file ? result<void>() : make_error(error_kind::unavailable, fmt::format("{} cannot be written", path));
}

result<measured> run_all(const settings& by, reference_loop& bare, std::uint32_t vocabulary) {
  prompt_maker prompts(vocabulary, bare.tokens_of(std::string(k_enumeration)), by.seed);
  std::size_t steps = 0;
  for (const auto& one : all_measurements()) {
    steps += is_wanted(by, one.name) ? one.steps(by) : 0;
  }
  measured sum;
  sum.report["setting"] = setting_of(by);
  progress_bar bar{"bench-engine", steps};
  stage on{by, prompts, bare, bar};
  for (const auto& one : all_measurements()) {
    if (!is_wanted(by, one.name)) {
      continue;
    }
    auto got = one.run(on);
    if (got.has_error()) {
      return got.error();
    }
    for (auto& [key, value] : got->report) {
      sum.report[key] = std::move(value);
    }
    sum.table += got->table.empty() ? "" : got->table + "\n";
    sum.plot += got->plot;
    sum.wrong.insert(sum.wrong.end(), got->wrong.begin(), got->wrong.end());
    sum.missed.insert(sum.missed.end(), got->missed.begin(), got->missed.end());
  }
  return sum;
}

/// @returns the exit status: 1 when something is wrong or a target was missed.
result<int> run(const settings& by) {
  const engine::engine_set silence({}, {}); // llama.cpp's log lines are dropped from here on
  if (const auto known = check_names(by); known.has_error()) {
    return known.error();
  }
  const auto bare = reference_loop::make(by.model, by.threads, k_bare_context_tokens);
  if (!bare) {
    return make_error(error_kind::unavailable, fmt::format("cannot load {}; run `make models` to fetch it", by.model));
  }
  auto got = run_all(by, *bare, bare->vocabulary());
  if (got.has_error()) {
    return got.error();
  }
  if (by.tiny) {
    got->missed.clear();
  }
  fmt::print("\n{}", got->table);
  for (const auto& [key, lines] : {std::pair("wrong", &got->wrong), std::pair("missed", &got->missed)}) {
    boost::json::array listed;
    for (const auto& what : *lines) {
      fmt::print("{} {}\n", key, what);
      listed.emplace_back(what);
    }
    got->report[key] = std::move(listed);
  }
  if (const auto written = write(by.report, boost::json::serialize(got->report) + "\n"); written.has_error()) {
    return written.error();
  }
  if (!got->plot.empty()) {
    const auto data = std::filesystem::path(by.report).replace_extension(".dat").string();
    if (const auto written = write(data, got->plot); written.has_error()) {
      return written.error();
    }
  }
  fmt::print("report: {}\n", by.report);
  return got->wrong.empty() && got->missed.empty() ? 0 : 1;
}

} // namespace
} // namespace inferenceflow::bench

int main(int argc, char** argv) {
  using namespace inferenceflow;
  bench::settings by;
  by.model = bench::default_model("SmolLM2-135M-Instruct.Q4_1.gguf");
  by.threads = std::max(std::thread::hardware_concurrency(), 1U);
  by.report = "build/reports/bench-engine.json";
  CLI::App app{"The engine beside llama.cpp's own batched tool and beside one call at a time; latency per lane under a "
               "flood; prefix reuse; fairness; memory. Each option is an environment variable, too."};
  app.add_option("--model", by.model, "GGUF file of a chat model")->envname("MODEL")->capture_default_str();
  app.add_option("--llama-tool", by.llama_tool,
                 "llama.cpp's llama-batched-bench; without it nothing is compared with it")
      ->envname("LLAMA_TOOL");
  app.add_option("--threads", by.threads, "compute threads of all that is compared")
      ->envname("THREADS")
      ->check(CLI::Range(1, 512))
      ->capture_default_str();
  app.add_option("--rounds", by.rounds, "rounds in which the compared take turns (latency per lane: three at most)")
      ->envname("ROUNDS")
      ->check(CLI::Range(1, 100))
      ->capture_default_str();
  app.add_option("--seconds", by.seconds, "length of each phase with a flood")
      ->envname("SECONDS")
      ->check(CLI::Range(0.1, 600.0))
      ->capture_default_str();
  app.add_option("--token-gap-ms", by.gap_ms, "the engine's setting token_gap_ms")
      ->envname("TOKEN_GAP_MS")
      ->check(CLI::Range(1, 60000))
      ->capture_default_str();
  app.add_option("--prefixes-max", by.prefixes, "the engine's setting prefixes_max; 0 = nothing is kept for reuse")
      ->envname("PREFIXES_MAX")
      ->capture_default_str();
  app.add_option("--only", by.only, "of throughput,shared_prefix,lanes,prefix,fairness,outputs,memory")
      ->envname("ONLY");
  app.add_option("--seed", by.seed, "of prompts and arrivals")->envname("SEED")->capture_default_str();
  app.add_option("--report", by.report, "JSON report; the plot's data goes beside it")->capture_default_str();
  app.add_flag("--soak", by.soak, "10,000 requests for the memory (SOAK=1)")->envname("SOAK");
  app.add_flag("--tiny", by.tiny, "a few seconds, for the tests; nothing that depends on time is judged");
  CLI11_PARSE(app, argc, argv);
  const auto status = bench::run(by);
  if (status.has_error()) {
    fmt::print(stderr, "bench-engine: {}\n", status.error().message);
    return 2;
  }
  return status.value();
}
