// What handing a row to the ledger costs an event loop: append() must stay below 0.3 µs plus the moves of its strings,
// and commits must keep up with several thousand requests a second.
#include "store/ledger.h"
#include "store/ledger_history.h"

#include <benchmark/benchmark.h>
#include <filesystem>
#include <string>
#include <unistd.h>

namespace {

using namespace inferenceflow;
using namespace inferenceflow::store;

ledger_row row_of(std::int64_t number) {
  ledger_row row;
  row.request_id = "0190f2c4-7b1a-7c3d-9e5f-" + std::to_string(100'000'000'000 + number);
  row.finished_ms = 1'700'000'000'000 + number;
  row.tenant = "default";
  row.user = "user-42";
  row.surface = "chat";
  row.model_requested = "gpt-4o-mini";
  row.model_served = "gpt-4o-mini-2024-07-18";
  row.provider = "openai";
  row.cache = "miss";
  row.status = 200;
  row.finish_reason = "stop";
  row.usage = {.fresh_input = 120, .output = 80};
  row.cost = money::from_nano_usd(66'000);
  row.direct = row.cost;
  return row;
}

/// A ledger in a folder of its own, both gone at the end.
class scratch_ledger {
public:
  explicit scratch_ledger(durability mode) {
    std::string pattern = (std::filesystem::temp_directory_path() / "ledger_bench_XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
    ledger_options options;
    options.path = (folder_ / "ledger.sqlite").string();
    options.mode = mode;
    options.queue_max = 4U << 20U;
    auto opened = open_sqlite_ledger(options);
    book_ = std::move(*opened);
  }
  ~scratch_ledger() {
    book_.reset();
    std::filesystem::remove_all(folder_);
  }
  scratch_ledger(const scratch_ledger&) = delete;
  scratch_ledger& operator=(const scratch_ledger&) = delete;
  [[nodiscard]] ledger& book() { return *book_; }

private:
  std::filesystem::path folder_;
  std::unique_ptr<ledger> book_;
};

/// Time of append() alone; rows are made outside the timed part, in blocks.
void append(benchmark::State& state) {
  scratch_ledger scratch(durability::group);
  constexpr std::size_t k_block = 1'024;
  std::vector<ledger_row> rows;
  std::int64_t number = 0;
  for (auto _ : state) {
    if (rows.empty()) {
      state.PauseTiming();
      scratch.book().flush();
      for (std::size_t i = 0; i < k_block; ++i) {
        rows.push_back(row_of(number++));
      }
      state.ResumeTiming();
    }
    benchmark::DoNotOptimize(scratch.book().append(std::move(rows.back()), {}));
    rows.pop_back();
  }
}
BENCHMARK(append);

/// CPU of the whole process, writer included, for 20,000 rows until the last commit: it counts against every request.
void append_and_commit(benchmark::State& state) {
  scratch_ledger scratch(state.range(0) == 0 ? durability::group : durability::sync);
  constexpr std::int64_t k_rows = 20'000;
  std::int64_t number = 0;
  for (auto _ : state) {
    for (std::int64_t i = 0; i < k_rows; ++i) {
      benchmark::DoNotOptimize(scratch.book().append(row_of(number++), {}));
    }
    scratch.book().flush();
  }
  state.SetItemsProcessed(state.iterations() * k_rows);
}
BENCHMARK(append_and_commit)->ArgName("sync")->Arg(0)->Arg(1)->Unit(benchmark::kMillisecond)->MeasureProcessCPUTime();

/// The same for rows that a router decided, with an explanation of ten candidates each.
void append_and_commit_routed(benchmark::State& state) {
  scratch_ledger scratch(durability::group);
  constexpr std::int64_t k_rows = 2'000;
  std::string explanation = R"({"route":"auto","strategy":"cost_optimal","candidates":[)";
  for (int i = 0; i < 10; ++i) {
    explanation += R"({"provider":"openai","model":"model-)" + std::to_string(i) +
                   R"(","tier":"small","verdict":"dearer","detail":null,"quality":0.9)" + std::to_string(i) +
                   R"(,"cost_usd":0.00012,"seconds":0.8,"score":0.0571,"output_tokens":180},)";
  }
  explanation.back() = ']';
  explanation += "}";
  std::int64_t number = 0;
  for (auto _ : state) {
    for (std::int64_t i = 0; i < k_rows; ++i) {
      ledger_row row = row_of(number++);
      row.routed = routed_part{.strategy = "cost_optimal",
                               .tier = "small",
                               .chosen = "openai/gpt-4o-mini",
                               .quality = 0.93,
                               .complexity = 0.2,
                               .explanation = explanation};
      benchmark::DoNotOptimize(scratch.book().append(std::move(row), {}));
    }
    scratch.book().flush();
  }
  state.SetItemsProcessed(state.iterations() * k_rows);
}
BENCHMARK(append_and_commit_routed)->Unit(benchmark::kMillisecond)->MeasureProcessCPUTime();

/// Reading 100,000 rows one by one, as replay and training do.
void read_history(benchmark::State& state) {
  std::string pattern = (std::filesystem::temp_directory_path() / "ledger_bench_XXXXXX").string();
  const std::filesystem::path folder = ::mkdtemp(pattern.data());
  constexpr std::int64_t k_rows = 100'000;
  {
    ledger_options options;
    options.path = (folder / "ledger.sqlite").string();
    options.queue_max = 4U << 20U;
    const auto book = std::move(*open_sqlite_ledger(options));
    for (std::int64_t i = 0; i < k_rows; ++i) {
      ledger_row row = row_of(i);
      row.asked = kept_request{.path = "/v1/chat/completions", .body = std::string(500, 'x') + std::to_string(i)};
      benchmark::DoNotOptimize(book->append(std::move(row), {}));
      if (i % 1'000 == 0) {
        book->flush(); // bodies that find no room in the queue are left out
      }
    }
  }
  for (auto _ : state) {
    auto history = std::move(*ledger_history::open((folder / "ledger.sqlite").string(), {}));
    std::int64_t bodies = 0;
    for (auto each = history.next(); each && *each; each = history.next()) {
      bodies += (*each)->row.asked ? 1 : 0;
    }
    if (bodies != k_rows) {
      state.SkipWithError("bodies are missing");
    }
  }
  state.SetItemsProcessed(state.iterations() * k_rows);
  std::filesystem::remove_all(folder);
}
BENCHMARK(read_history)->Unit(benchmark::kMillisecond);

/// Sums by model over 100,000 rows.
void totals_by_model(benchmark::State& state) {
  scratch_ledger scratch(durability::group);
  for (std::int64_t i = 0; i < 100'000; ++i) {
    benchmark::DoNotOptimize(scratch.book().append(row_of(i), {}));
  }
  scratch.book().flush();
  cost_query query;
  query.group = cost_group::model;
  for (auto _ : state) {
    benchmark::DoNotOptimize(scratch.book().totals(query));
  }
}
BENCHMARK(totals_by_model)->Unit(benchmark::kMillisecond);

} // namespace
