// What a look-up in the exact cache costs: a hit must stay far below one microsecond, as every request pays for it.
#include "cache/exact_cache.h"

#include <benchmark/benchmark.h>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

namespace {

using namespace inferenceflow;
using namespace inferenceflow::cache;

cache_key key_of(std::uint64_t n) {
  const std::uint64_t mixed = (n + 1) * 0x9E3779B97F4A7C15U;
  return {mixed, (mixed ^ (mixed >> 29U)) * 0xBF58476D1CE4E5B9U};
}

std::shared_ptr<const cached_answer> answer_of(std::uint64_t n) {
  auto answer = std::make_shared<cached_answer>();
  answer->body = std::string(500 + n % 1'000, 'x');
  answer->operation = "chat";
  answer->model = "model-" + std::to_string(n % 8);
  answer->provider = "upstream";
  answer->tenant = "tenant-" + std::to_string(n % 16);
  answer->cost = money::from_nano_usd(static_cast<std::int64_t>(1'000 + n % 5'000));
  return answer;
}

/// One cache for all threads of a benchmark, filled once with as many answers as the argument says.
struct filled_cache {
  explicit filled_cache(std::uint64_t entries)
      : cache({.bytes_max = entries * 4'096, .entry_bytes_max = 65'536}, clock) {
    for (std::uint64_t n = 0; n < entries; ++n) {
      cache.store(key_of(n), answer_of(n), std::chrono::hours{1});
    }
  }
  system_clock_source clock;
  exact_cache cache;
};

void find_hit(benchmark::State& state) {
  static std::unique_ptr<filled_cache> filled;
  const auto entries = static_cast<std::uint64_t>(state.range(0));
  if (state.thread_index() == 0) {
    filled = std::make_unique<filled_cache>(entries);
  }
  std::uint64_t n = static_cast<std::uint64_t>(state.thread_index()) * 7'919;
  for (auto _ : state) {
    benchmark::DoNotOptimize(filled->cache.find(key_of(n % entries)));
    n += 12'289; // a prime stride: no two neighbours in memory, every entry in turn
  }
}
BENCHMARK(find_hit)->Arg(1'000)->Arg(100'000);
BENCHMARK(find_hit)->Arg(1'000)->Threads(2);

void find_miss(benchmark::State& state) {
  filled_cache filled{10'000};
  std::uint64_t n = 1'000'000;
  for (auto _ : state) {
    benchmark::DoNotOptimize(filled.cache.find(key_of(++n)));
  }
}
BENCHMARK(find_miss);

/// Store into a full cache: every store evicts.
void store_evicting(benchmark::State& state) {
  const auto policy = static_cast<eviction_policy>(state.range(0));
  const system_clock_source clock;
  exact_cache cache{{.bytes_max = 16U << 20U, .entry_bytes_max = 65'536, .policy = policy}, clock};
  std::uint64_t n = 0;
  const auto answer = answer_of(1);
  for (auto _ : state) {
    benchmark::DoNotOptimize(cache.store(key_of(++n), answer, std::chrono::hours{1}));
  }
}
BENCHMARK(store_evicting)->Arg(static_cast<int>(eviction_policy::gdsf))->Arg(static_cast<int>(eviction_policy::lru));

} // namespace
