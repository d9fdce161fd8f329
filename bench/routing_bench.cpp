// What choosing among a route's targets costs per request, without embedding: a chat body of 1 KiB is read, what is
// known of each target is looked up, and the formula is applied. The router file's prediction is in quality_bench.cpp.
#include "codecs/openai_chat/codec.h"
#include "pipeline/question.h"
#include "routing/choice/choose.h"
#include "routing/choice/experience.h"
#include "routing/choice/warm_prefixes.h"

#include <benchmark/benchmark.h>
#include <string>
#include <vector>

namespace {

using namespace inferenceflow;

const steady_time k_now{std::chrono::hours{1}};

struct world {
  explicit world(std::size_t targets)
      : price(cost::flat_price(token_price{1'000'000'000}, token_price{2'000'000'000})) {
    for (std::size_t i = 0; i < targets; ++i) {
      names.push_back("model-" + std::to_string(i));
      seen.record(
          i, {.first_token = std::chrono::milliseconds{200}, .whole = std::chrono::seconds{2}, .output_tokens = 100},
          k_now);
    }
    warm.note(7, 0, 8'000, k_now);
  }
  [[nodiscard]] std::vector<routing::candidate> candidates() const {
    std::vector<routing::candidate> all;
    all.reserve(names.size());
    for (std::size_t i = 0; i < names.size(); ++i) {
      routing::candidate one{.provider = "p",
                             .model = names[i],
                             .price = &price,
                             .quality = 0.8 + 0.01 * static_cast<double>(i),
                             .warm_bytes = warm.held(7, i, k_now)};
      seen.recall(i, one);
      all.push_back(one);
    }
    return all;
  }
  cost::model_price price;
  std::vector<std::string> names;
  routing::experience seen;
  routing::warm_prefixes warm;
};

void choose_among(benchmark::State& state) {
  const world all{static_cast<std::size_t>(state.range(0))};
  const routing::wishes asked{.prompt_bytes = 1'024};
  for (auto _ : state) {
    auto made = routing::choose("auto", asked, all.candidates(), {});
    benchmark::DoNotOptimize(made);
  }
}

void read_question(benchmark::State& state) {
  const codecs::openai_chat::codec speaks;
  std::string body =
      R"({"model":"auto","messages":[{"role":"system","content":"You help."},{"role":"user","content":")";
  body += std::string(static_cast<std::size_t>(state.range(0)), 'w') + R"("}]})";
  pipeline::request asked;
  asked.body = body;
  for (auto _ : state) {
    const auto read = speaks.read_request(body, {});
    auto made = pipeline::question_of(asked, *read);
    benchmark::DoNotOptimize(made);
  }
}

} // namespace

BENCHMARK(choose_among)->Arg(2)->Arg(9)->Arg(64)->Unit(benchmark::kMicrosecond);
BENCHMARK(read_question)->Arg(1'024)->Arg(16'384)->Unit(benchmark::kMicrosecond);
