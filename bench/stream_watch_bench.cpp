// One typical event (300 bytes) of a stream through the watcher, and through the filter that drops the usage chunk.
#include "wire/openai/stream_watch.h"

#include <benchmark/benchmark.h>
#include <string>

namespace {

using inferenceflow::wire::openai::stream_watch;

constexpr std::string_view k_event =
    R"(data: {"id":"chatcmpl-9HpbaAXyt0cAnlWvI8kUAFpZt5jyQ","object":"chat.completion.chunk","created":1714036974,)"
    R"("model":"gpt-4o-mini-2024-07-18","service_tier":"default","system_fingerprint":"fp_b6f445fc1c","choices":[{)"
    R"("index":0,"delta":{"content":" sea"},"logprobs":null,"finish_reason":null}],"usage":null})"
    "\n\n";

void watch(benchmark::State& state, bool drop, std::size_t events_per_piece) {
  std::string piece;
  for (std::size_t i = 0; i < events_per_piece; ++i) {
    piece += k_event;
  }
  stream_watch watcher{{drop, 1U << 20U}};
  for (auto _ : state) {
    auto views = watcher.push(piece);
    benchmark::DoNotOptimize(views);
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()) * static_cast<std::int64_t>(events_per_piece));
}

void one_event(benchmark::State& state) {
  watch(state, false, 1);
}
void one_event_dropping(benchmark::State& state) {
  watch(state, true, 1);
}
void thirty_events(benchmark::State& state) {
  watch(state, false, 30);
}

BENCHMARK(one_event);
BENCHMARK(one_event_dropping);
BENCHMARK(thirty_events);

} // namespace
