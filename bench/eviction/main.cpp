// The eviction policies in dollars: replays request traces through the real cache. See README.md in this folder.
#include "bench/eviction/mooncake_trace.h"
#include "bench/eviction/replay.h"
#include "bench/eviction/report.h"
#include "bench/eviction/workload.h"
#include "cost/price_table.h"

#include <CLI/CLI.hpp>
#include <array>
#include <filesystem>
#include <fmt/format.h>
#include <string>
#include <utility>
#include <vector>

namespace {

using namespace inferenceflow;
using namespace inferenceflow::bench;

constexpr std::array k_shares_of_all_bytes = {0.01, 0.02, 0.05, 0.10, 0.25, 0.50, 1.10};
constexpr std::array k_policies = {cache::eviction_policy::probation_gdsf, cache::eviction_policy::s3_gdsf,
                                   cache::eviction_policy::gdsf, cache::eviction_policy::lru,
                                   cache::eviction_policy::lfu};
constexpr std::array<std::string_view, 2> k_traces = {"mooncake_conversation", "mooncake_synthetic"};

result<std::vector<price_scenario>> load_prices() {
  auto table = cost::price_table::load({});
  if (!table) {
    return table.error();
  }
  const auto find = [&table](const char* provider, const char* model) { return (*table)->lookup(provider, model); };
  const auto small = find("openai", "gpt-4o-mini");
  return std::vector<price_scenario>{
      {.name = "gpt-4o-mini", .models = {small}},
      {.name = "gpt-4o-mini, gpt-4o and claude-sonnet-4-5, a third of the keys each",
       .models = {small, find("openai", "gpt-4o"), find("anthropic", "claude-sonnet-4-5")}}};
}

/// The traces in `folder` or its traces/, as far as they are there; says what is missing and where it comes from.
result<std::vector<workload>> load_traces(const std::string& folder) {
  std::vector<workload> loads;
  for (const auto name : k_traces) {
    std::string file;
    for (const char* below : {"traces/", ""}) {
      for (const char* ending : {".jsonl.gz", ".jsonl"}) {
        const auto candidate = std::filesystem::path(folder) / (std::string(below).append(name).append(ending));
        if (!folder.empty() && file.empty() && std::filesystem::exists(candidate)) {
          file = candidate.string();
        }
      }
    }
    if (file.empty()) {
      fmt::print("MISSING: {0}.jsonl.gz in DATA ({1}): the recorded requests of Mooncake, published as\n"
                 "         FAST25-release/traces of github.com/kvcache-ai/Mooncake (Apache-2.0). Run again with\n"
                 "         DATA=<folder that holds it>.\n",
                 name, folder.empty() ? "not set" : folder);
      continue;
    }
    auto load = read_mooncake_trace(file, std::string(name));
    if (!load) {
      return load.error();
    }
    loads.push_back(std::move(*load));
  }
  return loads;
}

experiment run(const workload& load, const price_scenario& prices) {
  experiment done{.workload = load.name,
                  .synthetic = load.synthetic,
                  .source = load.source,
                  .prices = prices.name,
                  .requests = load.requests.size(),
                  .distinct = distinct_keys(load),
                  .bytes_of_all = bytes_of_all(load),
                  .outcomes = {}};
  for (const double share : k_shares_of_all_bytes) {
    const auto bytes_max = static_cast<std::size_t>(share * static_cast<double>(done.bytes_of_all));
    for (const auto policy : k_policies) {
      done.outcomes.push_back(replay(load, prices, policy, bytes_max));
    }
  }
  return done;
}

int fail(const error& failure) {
  fmt::print(stderr, "bench_eviction: {}\n", failure.message);
  return 1;
}

} // namespace

int main(int argc, char** argv) {
  CLI::App app{"Compares the cache's eviction policies in dollars saved, over recorded and made-up requests."};
  std::string folder;
  std::string report_file = "build/reports/bench-eviction.json";
  std::uint64_t seed = 1;
  app.add_option("--data", folder, "folder with the recorded traces")->envname("DATA");
  app.add_option("--report", report_file, "JSON file to write")->capture_default_str();
  app.add_option("--seed", seed, "of the synthetic workload")->capture_default_str();
  CLI11_PARSE(app, argc, argv);

  const auto scenarios = load_prices();
  if (!scenarios) {
    return fail(scenarios.error());
  }
  auto loads = load_traces(folder);
  if (!loads) {
    return fail(loads.error());
  }
  loads->push_back(zipf_workload(seed));
  std::vector<experiment> experiments;
  for (const auto& load : *loads) {
    for (const auto& prices : *scenarios) {
      experiments.push_back(run(load, prices));
    }
  }
  print_table(experiments);
  if (const auto written = write_json(report_file, experiments); !written) {
    return fail(written.error());
  }
  fmt::print("\nwritten: {}\n", report_file);
  return 0;
}
