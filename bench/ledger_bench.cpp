// What handing a row to the ledger costs an event loop: append() must stay below 0.3 µs plus the moves of its strings,
// and commits must keep up with several thousand requests a second.
#include "store/ledger.h"

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
