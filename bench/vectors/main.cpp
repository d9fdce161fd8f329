// The vector index of the semantic cache: speed, recall, memory, and where exact search stops paying. See README.md.
#include "bench/progress.h"
#include "bench/vectors/measure.h"
#include "bench/vectors/report.h"
#include "bench/vectors/source.h"
#include "vectors/dot_kernels.h"
#include "vectors/vector_index.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <chrono>
#include <filesystem>
#include <fmt/format.h>
#include <unistd.h>
#include <utility>

namespace {

using namespace inferenceflow;
using namespace inferenceflow::bench;
using vectors::vector_index;

constexpr std::array<std::size_t, 6> k_crossover_rows = {500, 1'000, 2'000, 4'000, 8'000, 16'000};
constexpr std::array<std::size_t, 3> k_sizes = {1'000, 10'000, 100'000};
constexpr std::size_t k_entries_per_small_scope = 100;
constexpr std::size_t k_bytes_max = std::size_t{1} << 32U;
constexpr double k_lookup_target_us = 300;

std::unique_ptr<vector_index> make_index(const vector_source& source, std::size_t exact_rows_max) {
  return std::move(
      *vector_index::make(source.stored.front().size(), {.bytes_max = k_bytes_max, .exact_rows_max = exact_rows_max}));
}

/// Tells a bar of 100 how far a step is.
progress on(progress_bar& bar) {
  return [&bar](double share) { bar.at(static_cast<std::size_t>(share * 100)); };
}

std::vector<crossover> measure_crossover(const vector_source& source) {
  std::vector<crossover> rows;
  progress_bar bar{"exact against graph", 100};
  for (const auto count : k_crossover_rows) {
    if (count <= source.stored.size()) {
      const auto exact = make_index(source, k_bytes_max);
      const auto graph = make_index(source, 1);
      rows.push_back({.rows = count,
                      .exact_us = measure(*exact, source, count, 1, false, on(bar)).lookup.p50,
                      .graph_us = measure(*graph, source, count, 1, false, on(bar)).lookup.p50});
    }
  }
  return rows;
}

turnover measure_turnover(vector_index& index, const vector_source& source, std::size_t entries) {
  progress_bar bar{"replacing every entry", 100};
  turnover turned{.entries = entries, .change = {}, .lookup = {}, .against_int8 = {}};
  const auto scope = scope_of(0, 1);
  // New vectors: each the mean of two old ones, which lies where vectors of this kind lie.
  const auto mixed = [&source, entries](std::size_t i) {
    auto vector = source.stored[i];
    const auto& other = source.stored[(i * 7 + 1) % entries];
    std::transform(vector.begin(), vector.end(), other.begin(), vector.begin(), [](float a, float b) { return a + b; });
    return vector;
  };
  const auto truth = make_index(source, k_bytes_max);
  turned.change = time_each(
      entries,
      [&](std::size_t i) {
        index.erase(scope, i);
        (void)index.insert(scope, entries + i, mixed(i));
      },
      on(bar));
  for (std::size_t i = 0; i < entries; ++i) {
    (void)truth->insert(scope, entries + i, mixed(i));
  }
  turned.lookup = time_each(
      source.queries.size(), [&](std::size_t i) { (void)index.nearest(scope, source.queries[i], 5); }, on(bar));
  turned.against_int8 = recall_of(index, *truth, source);
  return turned;
}

double milliseconds_of(const std::function<void()>& body) {
  return time_each(
             1, [&body](std::size_t) { body(); }, [](double) {})
             .mean /
         1e3;
}

result<persistence> measure_persistence(const vector_index& index, const vector_source& source) {
  const auto file = std::filesystem::temp_directory_path() / fmt::format("bench-vectors-{}", ::getpid());
  result<void> saved;
  result<void> loaded;
  persistence kept{.entries = index.size(), .file_bytes = 0, .save_ms = 0, .load_ms = 0, .same = true};
  const auto again = make_index(source, vectors::k_exact_rows_max);
  kept.save_ms = milliseconds_of([&] { saved = index.save(file.string()); });
  kept.load_ms = milliseconds_of([&] { loaded = again->load(file.string()); });
  std::error_code ignored; // then the load failed as well
  kept.file_bytes = std::filesystem::file_size(file, ignored);
  std::filesystem::remove(file, ignored);
  if (!saved || !loaded) {
    return !saved ? saved.error() : loaded.error();
  }
  for (const auto& query : source.queries) {
    kept.same = kept.same && *again->nearest(scope_of(0, 1), query, 5) == *index.nearest(scope_of(0, 1), query, 5);
  }
  return kept;
}

result<vector_report> run(const vector_source& source, std::uint64_t seed) {
  vector_report report{.source = source.name,
                       .kernel = vectors::fastest_dot_kernel_name(),
                       .seed = seed,
                       .lookup_target_us = k_lookup_target_us,
                       .crossovers = measure_crossover(source),
                       .sizes = {},
                       .turned_over = {},
                       .kept = {}};
  for (const auto size : k_sizes) {
    const auto entries = std::min(size, source.stored.size());
    for (const std::size_t scopes : {std::max<std::size_t>(1, entries / k_entries_per_small_scope), std::size_t{1}}) {
      progress_bar bar{fmt::format("{} entries in {} scopes", entries, scopes), 100};
      const auto index = make_index(source, vectors::k_exact_rows_max);
      report.sizes.push_back(measure(*index, source, entries, scopes, true, on(bar)));
      report.sizes.back().what = scopes == 1 ? "one scope" : "many scopes";
      if (size == k_sizes.back() && scopes == 1) {
        auto kept = measure_persistence(*index, source);
        if (!kept) {
          return kept.error();
        }
        report.kept = *kept;
        report.turned_over = measure_turnover(*index, source, entries);
      }
    }
  }
  return report;
}

int fail(const error& failure) {
  fmt::print(stderr, "bench_vectors: {}\n", failure.message);
  return 1;
}

} // namespace

int main(int argc, char** argv) {
  CLI::App app{"Measures the vector index of the semantic cache."};
  std::string file;
  std::string report_file = "build/reports/bench-semantic.json";
  std::uint64_t seed = 1;
  std::size_t queries = 2'000;
  app.add_option("--vectors", file, "real embeddings as .npy; made-up ones without")->envname("VECTORS");
  app.add_option("--report", report_file, "JSON file to write")->capture_default_str();
  app.add_option("--seed", seed, "of the made-up vectors and of the order of real ones")->capture_default_str();
  app.add_option("--queries", queries, "searches per row of the table")
      ->capture_default_str()
      ->check(CLI::PositiveNumber);
  CLI11_PARSE(app, argc, argv);

  auto source = file.empty() ? result<vector_source>{make_clustered(384, k_sizes.back(), queries, seed)}
                             : read_npy(file, queries, seed);
  if (!source) {
    return fail(source.error());
  }
  if (source->stored.size() < k_crossover_rows.front() || source->queries.empty()) {
    return fail(make_error(error_kind::invalid_request, "too few vectors"));
  }
  const auto report = run(*source, seed);
  if (!report) {
    return fail(report.error());
  }
  print(*report);
  if (const auto written = write_json(report_file, *report); !written) {
    return fail(written.error());
  }
  fmt::print("\nwritten: {}\n", report_file);
  return 0;
}
