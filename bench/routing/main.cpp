// Recorded prompts through the real trainer and predictors, cross-validated: cost against quality, per set and method.
#include "bench/routing/measures.h"
#include "bench/routing/report.h"
#include "bench/routing/routing_set.h"
#include "bench/routing/trials.h"
#include "bench/semantic/vector_store.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <fmt/format.h>
#include <string>
#include <thread>
#include <vector>

namespace {

using namespace inferenceflow;
using namespace inferenceflow::bench;

struct given {
  std::string data;
  std::string model;
  std::string vectors = "build/eval-routing.vectors";
  std::string report = "build/reports/eval-routing-quality.json";
  std::vector<std::string> sets;
  std::uint64_t seed = 1;
  std::size_t threads = std::max(1U, std::thread::hardware_concurrency());
};

result<set_result> run(const given& asked, const std::string& name) {
  auto read = read_set(asked.data + "/routing", name);
  if (!read) {
    return read.error();
  }
  routing_set& set = *read;
  std::vector<std::string> texts;
  for (const auto& row : set.rows.rows) {
    texts.push_back(row.text);
  }
  const auto vectors = vectors_of(texts, asked.model, asked.vectors);
  if (!vectors) {
    return vectors.error();
  }
  for (std::size_t row = 0; row < texts.size(); ++row) {
    const auto one = vectors->of(row);
    set.rows.rows[row].vector.assign(one.begin(), one.end());
  }
  quality::settle_dimensions(set.rows);
  set.rows.space = "evaluation";
  quality::training_options options;
  options.seed = asked.seed;
  const auto predicted = predict_out_of_fold(set, options, asked.threads);
  if (!predicted) {
    return predicted.error();
  }
  set_result made{.set = name, .rows = set.rows.rows.size(), .methods = {}};
  for (const auto& method : *predicted) {
    made.methods.push_back(measure(set, method.method, method.predicted, method.calibrated, asked.seed));
  }
  return made;
}

} // namespace

int main(int argc, char** argv) {
  given asked;
  CLI::App cli{"Quality predictors on recorded prompts, cross-validated"};
  cli.add_option("--data", asked.data, "folder that holds routing/")->required();
  cli.add_option("--model", asked.model, "GGUF embedding model")->required();
  cli.add_option("--vectors", asked.vectors, "where vectors are kept between runs")->capture_default_str();
  cli.add_option("--report", asked.report, "JSON rows; the curves go beside it")->capture_default_str();
  cli.add_option("--sets", asked.sets, "only these")->delimiter(',');
  cli.add_option("--seed", asked.seed, "of folds, forests and resamples")->capture_default_str();
  cli.add_option("--threads", asked.threads, "folds at a time")->capture_default_str();
  CLI11_PARSE(cli, argc, argv);
  if (!std::filesystem::is_directory(asked.data + "/routing")) {
    fmt::print(stderr, "{}/routing is not there: nothing to evaluate. DATA=<folder> names the folder that holds it.\n",
               asked.data);
    return 2;
  }
  std::vector<set_result> all;
  int missing = 0;
  for (const std::string& name : asked.sets.empty() ? set_names() : asked.sets) {
    auto done = run(asked, name);
    if (!done) {
      fmt::print(stderr, "{}: {}\n", name, done.error().message);
      ++missing;
      continue;
    }
    print_set(*done);
    all.push_back(std::move(*done));
  }
  if (all.empty()) {
    return 2;
  }
  if (const auto written = write_report(asked.report, all); !written) {
    fmt::print(stderr, "{}\n", written.error().message);
    return 1;
  }
  fmt::print("\nrows: {}\n", asked.report);
  return missing == 0 ? 0 : 1;
}
