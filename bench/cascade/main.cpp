// Cost and accuracy of cascades over recorded answers. See README.md in this folder.
#include "bench/cascade/report.h"
#include "bench/progress.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <fmt/format.h>
#include <map>

namespace {

using namespace inferenceflow;
using namespace inferenceflow::bench;

struct settings {
  std::string data = "../shared/data";
  std::string report = "build/reports/eval-routing-cascade.json";
  std::string curves = "build/reports/eval-routing-cascade-curves.json";
  std::uint64_t seed = 1;
  std::size_t draws = 10;
  std::vector<std::string> only = {};
};

result<std::vector<recorded_set>> sets_of(const settings& by) {
  auto sets = read_samples(by.data, by.draws, by.seed);
  if (!sets) {
    return sets.error();
  }
  auto sentiment = read_sentiment(by.data);
  if (!sentiment) {
    return sentiment.error();
  }
  sets->insert(sets->end(), std::make_move_iterator(sentiment->begin()), std::make_move_iterator(sentiment->end()));
  std::erase_if(*sets, [&](const recorded_set& each) {
    return !by.only.empty() && std::find(by.only.begin(), by.only.end(), each.name) == by.only.end();
  });
  return sets;
}

struct findings {
  std::vector<figure> figures = {};
  std::vector<curve> curves = {};
};

void judge(const recorded_set& set, const settings& by, findings& into) {
  for (const outcome& seen : {cascade_by_trust(set, by.seed), single_threshold(set, by.seed), random_escalation(set)}) {
    const auto figures = figures_of(set, seen, by.seed);
    into.figures.insert(into.figures.end(), figures.begin(), figures.end());
    into.curves.push_back(curve_of(set, seen));
    std::map<std::string, int> folds;
    for (const std::string& chain : seen.chosen) {
      ++folds[chain];
    }
    for (const auto& [chain, count] : folds) {
      fmt::print("{}: {}: {} of {} folds: {}\n", set.name, seen.method, count, seen.chosen.size(), chain);
    }
  }
  into.figures.push_back({.set = set.name,
                          .method = "single threshold, in hindsight",
                          .metric = "cost_at_equal_accuracy",
                          .value = single_threshold_in_hindsight(set)});
  const auto promises = promises_of(set, set.simple.back().front(), by.seed);
  if (!promises.front().fault.empty()) {
    fmt::print("{}: no promise: {}\n", set.name, promises.front().fault);
    return;
  }
  const auto kept = figures_of(set, promises);
  into.figures.insert(into.figures.end(), kept.begin(), kept.end());
}

result<void> run(const settings& by) {
  const auto sets = sets_of(by);
  if (!sets) {
    return sets.error();
  }
  findings found;
  {
    progress_bar bar{"cascades", sets->size()};
    for (const recorded_set& set : *sets) {
      judge(set, by, found);
      bar.step(1);
    }
  }
  print_table(found.figures);
  if (const auto written = write_figures(found.figures, by.report); !written) {
    return written.error();
  }
  fmt::print("\nreport: {}\n", by.report);
  if (const auto written = write_curves(found.curves, by.curves); !written) {
    return written.error();
  }
  return write_plot_data(found.curves, std::filesystem::path(by.curves).replace_extension(".dat").string());
}

} // namespace

int main(int argc, char** argv) {
  CLI::App options{"Walks cascades over recorded answers, cross-validated, and prints cost and accuracy."};
  settings by;
  options.add_option("--data", by.data, "Folder with cascade/, or that folder")->capture_default_str();
  options.add_option("--report", by.report, "JSON report")->capture_default_str();
  options.add_option("--curves", by.curves, "JSON of the curves, for plots")->capture_default_str();
  options.add_option("--seed", by.seed, "Of splits and draws")->capture_default_str();
  options.add_option("--only", by.only, "Names of sets; all by default");
  options.add_option("--draws", by.draws, "Orders of the recorded samples per question")
      ->check(CLI::Range(1, 100))
      ->capture_default_str();
  CLI11_PARSE(options, argc, argv);
  if (const auto done = run(by); !done) {
    fmt::print(stderr, "eval_cascade: {}\n", done.error().message);
    return 2;
  }
  return 0;
}
