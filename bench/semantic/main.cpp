// Hit rate and error of the semantic cache on recorded questions. See README.md in this folder.
#include "bench/progress.h"
#include "bench/semantic/on_all_cores.h"
#include "bench/semantic/report.h"
#include "cost/price_table.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <fmt/format.h>
#include <numeric>
#include <optional>

namespace {

using namespace inferenceflow;
using namespace inferenceflow::bench;

constexpr float k_unlike_from = 0.80F;
constexpr std::size_t k_topics = 300;
// What an answer costs: prices are facts, its length is an assumption.
constexpr const char* k_priced_model = "gpt-4o-mini";
constexpr double k_bytes_per_token = 4;
constexpr double k_answer_tokens = 250;

struct settings {
  std::string data = "../shared/data";
  std::string model = {};
  std::string vectors = "build/eval-cache.vectors";
  std::string report = "build/reports/eval-cache.json";
  std::vector<std::string> only = {};
  std::uint64_t seed = 1;
  std::size_t repetitive_requests = 20'000;
};

result<answer_price> price_of_answer(std::string& described) {
  const auto table = cost::price_table::load({});
  if (!table) {
    return table.error();
  }
  const auto price = (*table)->lookup("openai", k_priced_model)->at(std::chrono::system_clock::now());
  constexpr std::int64_t k_probe = 1'000'000;
  const double input = cost::price_of({.fresh_input = k_probe}, price).usd() / k_probe;
  const double output = cost::price_of({.output = k_probe}, price).usd() / k_probe;
  described = fmt::format("{} at ${:.2f}/{:.2f} per million tokens, {} tokens assumed, {} bytes of question a token",
                          k_priced_model, input * 1e6, output * 1e6, k_answer_tokens, k_bytes_per_token);
  return answer_price{.usd_per_question_byte = input / k_bytes_per_token, .usd_per_answer = output * k_answer_tokens};
}

result<corpus> load(const std::string& data, const std::string& model, const std::string& kept) {
  auto sets = read_question_sets(data);
  if (!sets) {
    return sets.error();
  }
  corpus all;
  all.sets = std::move(*sets);
  for (const auto& set : all.sets) {
    all.first.push_back(static_cast<std::uint32_t>(all.texts.size()));
    all.texts.insert(all.texts.end(), set.texts.begin(), set.texts.end());
  }
  auto vectors = vectors_of(all.texts, model, kept);
  if (!vectors) {
    return vectors.error();
  }
  all.vectors = std::move(*vectors);
  return all;
}

bool is_chosen(const std::vector<std::string>& only, const std::string& name) {
  return only.empty() || std::find(only.begin(), only.end(), name) != only.end();
}

result<std::vector<stream_plan>> chosen_plans(const corpus& all, const settings& by) {
  auto plans = plans_of(all, by.seed);
  if (auto repetitive = repetitive_of(all, k_topics, by.repetitive_requests, by.seed)) {
    plans.push_back(std::move(*repetitive));
  } else {
    fmt::print("no repetitive traffic: {}\n", repetitive.error().message);
  }
  std::erase_if(plans, [&](const stream_plan& each) { return !is_chosen(by.only, each.name); });
  return plans;
}

/// Sets, mix, repetitive traffic, pairs that look alike; in this order, whatever was made first.
result<std::vector<stream>> streams_of(const corpus& all, const settings& by) {
  const auto plans = chosen_plans(all, by);
  if (!plans) {
    return plans.error();
  }
  std::vector<std::size_t> longest_first(plans->size());
  std::iota(longest_first.begin(), longest_first.end(), std::size_t{0});
  std::stable_sort(longest_first.begin(), longest_first.end(),
                   [&](std::size_t a, std::size_t b) { return (*plans)[a].items > (*plans)[b].items; });
  std::size_t items = 0;
  for (const auto& plan : *plans) {
    items += plan.items;
  }
  progress_bar bar{"finding neighbours", items};
  std::vector<std::optional<result<stream>>> made(plans->size());
  on_all_cores(plans->size(), [&](std::size_t at) { made[longest_first[at]] = (*plans)[longest_first[at]].make(bar); });
  std::vector<stream> streams;
  for (auto& each : made) {
    if (!*each) {
      return each->error();
    }
    streams.push_back(std::move(**each));
  }
  for (auto& unlike : unlike_of(all, k_unlike_from)) {
    if (is_chosen(by.only, unlike.name)) {
      streams.push_back(std::move(unlike));
    }
  }
  return streams;
}

/// Streams × modes, on every core; rows come in order whatever thread made them.
std::vector<replayed> replay_all(const corpus& all, const std::vector<stream>& streams, std::uint64_t seed,
                                 const answer_price& price) {
  const auto modes = all_modes();
  std::vector<replayed> rows(streams.size() * modes.size());
  progress_bar bar{"replaying", rows.size()};
  on_all_cores(rows.size(), [&](std::size_t at) {
    rows[at] = replay(streams[at / modes.size()], all, modes[at % modes.size()], seed, price);
    bar.step(1);
  });
  return rows;
}

result<void> run(const settings& by) {
  run_facts facts{.seed = by.seed,
                  .data = std::filesystem::path(by.data).filename().string(),
                  .embedder = std::filesystem::path(by.model).filename().string(),
                  .price = {}};
  const auto price = price_of_answer(facts.price);
  if (!price) {
    return price.error();
  }
  const auto all = load(by.data, by.model, by.vectors);
  if (!all) {
    return all.error();
  }
  if (all->vectors.embedded > 0) {
    fmt::print("embedded {} questions in {:.1f} s\n", all->vectors.embedded, all->vectors.seconds);
  }
  const auto streams = streams_of(*all, by);
  if (!streams) {
    return streams.error();
  }
  if (streams->empty()) {
    return make_error(error_kind::invalid_request, "--only names no set of this folder");
  }
  const auto rows = replay_all(*all, *streams, by.seed, *price);
  print_tables(rows, facts);
  print_claims(rows);
  if (const auto written = write_report(rows, facts, by.report); !written) {
    return written.error();
  }
  fmt::print("\nreport: {}\n", by.report);
  return write_plot_data(rows, std::filesystem::path(by.report).replace_extension(".dat").string());
}

} // namespace

int main(int argc, char** argv) {
  CLI::App options{"Replays recorded questions through the semantic cache and prints hit rate and error of each mode."};
  settings by;
  options.add_option("--data", by.data, "Folder with question sets, or with a folder semantic_cache of them")
      ->capture_default_str();
  options.add_option("--model", by.model, "GGUF embedding model")->required();
  options.add_option("--vectors", by.vectors, "File that keeps the vectors between runs")->capture_default_str();
  options.add_option("--report", by.report, "JSON report; the plot's data goes beside it")->capture_default_str();
  options.add_option("--only", by.only, "Names of sets, mix and repetitive among them; all by default");
  options.add_option("--seed", by.seed, "Of shuffles and draws")->capture_default_str();
  options.add_option("--repetitive", by.repetitive_requests, "Requests of the repetitive traffic")
      ->capture_default_str();
  CLI11_PARSE(options, argc, argv);
  if (const auto done = run(by); !done) {
    fmt::print(stderr, "eval-cache: {}\n", done.error().message);
    return 2;
  }
  return 0;
}
