// What deciding on cache marks costs per request: a body of 2 KiB and of 64 KiB, a conversation that goes on.
// off: no wish, nothing is called at all. observe: layout, hashes, memory, plan. on: and the edited copy of the body.
#include "prompt_cache/advisor.h"

#include <benchmark/benchmark.h>
#include <string>

namespace {

using namespace inferenceflow;
using namespace inferenceflow::prompt_cache;

std::string conversation(std::size_t bytes) {
  std::string body =
      R"({"model":"claude-sonnet-4-5","max_tokens":256,"system":")" + std::string(bytes / 4, 's') + R"(","messages":[)";
  const std::string words(400, 'w');
  for (bool user = true; body.size() + 480 < bytes || user; user = !user) {
    body += std::string{user ? R"({"role":"user","content":")" : R"({"role":"assistant","content":")"} + words + "\"},";
  }
  return body + R"({"role":"user","content":"And then?"}]})";
}

void decide(benchmark::State& state, mode wanted) {
  const auto price = (*cost::price_table::load({}))->lookup("anthropic", "claude-sonnet-4-5");
  const std::string body = conversation(static_cast<std::size_t>(state.range(0)));
  const system_clock_source clock;
  memory known{std::size_t{16} << 20U};
  advisor asked{{.speaks = dialogue::protocol::anthropic, .name = "anthropic"}, known, clock};
  for (auto _ : state) {
    auto decided = asked.advise({.wanted = wanted, .tenant = "tenant"}, price, "claude-sonnet-4-5", body);
    if (!decided) {
      state.SkipWithError("nothing was decided");
      break;
    }
    asked.learn(*decided, {.fresh_input = decided->tokens});
    benchmark::DoNotOptimize(decided);
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations()) * static_cast<std::int64_t>(body.size()));
}

void observe(benchmark::State& state) {
  decide(state, mode::observe);
}
void on(benchmark::State& state) {
  decide(state, mode::on);
}

} // namespace

BENCHMARK(observe)->Arg(2'048)->Arg(65'536);
BENCHMARK(on)->Arg(2'048)->Arg(65'536);
