// What deriving and looking up a tenant's secret costs: every request looks one up before its body is scanned.
#include "cache/tenant_secret.h"

#include <benchmark/benchmark.h>
#include <string>

namespace {

using namespace inferenceflow::cache;

void look_up_known_tenant(benchmark::State& state) {
  tenant_secrets secrets{master_secret::random()};
  for (auto _ : state) {
    benchmark::DoNotOptimize(secrets.of("default").scan_seed);
  }
}
BENCHMARK(look_up_known_tenant);

void derive_new_tenant(benchmark::State& state) {
  const auto master = master_secret::random();
  for (auto _ : state) {
    benchmark::DoNotOptimize(derive_secret(master, "default").scan_seed);
  }
}
BENCHMARK(derive_new_tenant);

void name_of_entry(benchmark::State& state) {
  const auto secret = derive_secret(master_secret::random(), "default");
  for (auto _ : state) {
    benchmark::DoNotOptimize(entry_name_of(secret, {1, 2}, 1));
  }
}
BENCHMARK(name_of_entry);

} // namespace
