// What an embedding costs; see README.md.
#include "bench/default_model.h"
#include "bench/embedding/measure.h"
#include "embedding/local_embedder.h"

#include <CLI/CLI.hpp>
#include <fmt/core.h>
#include <fstream>
#include <string>
#include <vector>

namespace {

using namespace inferenceflow;

struct options {
  std::string model;
  std::string json;
  std::uint32_t threads = 0;
  std::uint32_t batch_tokens = 0;
  std::size_t texts = 400;
  std::size_t sentences = 1;
};

std::string to_json(const bench::batch_figures& f) {
  return fmt::format(
      R"({{"concurrent": {}, "texts_per_s": {:.1f}, "ms_per_text": {:.3f}, "p50_ms": {:.3f}, "p99_ms": {:.3f}, "cpu_ms_per_text": {:.3f}}})",
      f.concurrent, f.texts_per_s, f.ms_per_text, f.p50_ms, f.p99_ms, f.cpu_ms_per_text);
}

int measure(const options& wanted) {
  engine::model_config config;
  config.name = "bench";
  config.path = wanted.model;
  config.kind = engine::model_kind::embedding;
  config.threads = wanted.threads;
  if (wanted.batch_tokens != 0) {
    config.batch_tokens = wanted.batch_tokens;
  }
  const auto engines = std::make_shared<engine::engine_set>(std::vector{config}, engine::log_sink{});
  const auto embedder = embedding::local_embedder::make(engines, "bench").value();
  if (bench::embed_all(*embedder, bench::prompts(32, wanted.sentences), 8).failed) {
    fmt::print(stderr, "cannot use {}; run `make models` to fetch it\n", wanted.model);
    return 1;
  }
  const auto texts = bench::prompts(wanted.texts, wanted.sentences);
  fmt::print("{}, threads {}, {} prompts of about {} tokens\n", embedder->space(),
             wanted.threads == 0 ? "one per core" : std::to_string(wanted.threads), texts.size(),
             20 * wanted.sentences);
  fmt::print("{:>10} {:>10} {:>12} {:>10} {:>10} {:>12}\n", "concurrent", "texts/s", "ms per text", "p50 ms", "p99 ms",
             "CPU ms each");
  std::string rows;
  for (const std::size_t concurrent : {1U, 2U, 4U, 8U, 16U, 32U}) {
    const auto f = bench::embed_all(*embedder, texts, concurrent);
    fmt::print("{:>10} {:>10.1f} {:>12.3f} {:>10.3f} {:>10.3f} {:>12.3f}\n", f.concurrent, f.texts_per_s, f.ms_per_text,
               f.p50_ms, f.p99_ms, f.cpu_ms_per_text);
    rows += (rows.empty() ? "" : ", ") + to_json(f);
  }
  const auto hits = bench::cache_hits(texts, 500);
  const auto hashed = bench::hashed_ns(texts, 20);
  fmt::print("embedding cache hit: {:.0f} ns, through the coroutine {:.0f} ns\n", hits.known_ns, hits.embed_ns);
  fmt::print("without a model (hashed): {:.0f} ns per text\n", hashed);
  if (!wanted.json.empty()) {
    std::ofstream(wanted.json) << fmt::format(
        "{{\"space\": \"{}\", \"threads\": {}, \"model\": [{}], \"cache_hit_ns\": {:.0f}, \"cache_embed_ns\": {:.0f}, "
        "\"hashed_ns\": {:.0f}}}\n",
        embedder->space(), wanted.threads, rows, hits.known_ns, hits.embed_ns, hashed);
  }
  return 0;
}

} // namespace

int main(int argc, char** argv) {
  options wanted;
  wanted.model = bench::default_model("all-MiniLM-L6-v2.Q8_0.gguf");
  CLI::App app{"What an embedding costs: alone, with others, known already, and without a model"};
  app.add_option("--model", wanted.model, "GGUF file of an embedding model");
  app.add_option("--threads", wanted.threads, "compute threads; 0 = one per core")->check(CLI::Range(0, 512));
  app.add_option("--batch-tokens", wanted.batch_tokens, "tokens per decode step")->check(CLI::Range(0, 65536));
  app.add_option("--texts", wanted.texts, "texts per measurement")->check(CLI::Range(32, 1'000'000));
  app.add_option("--sentences", wanted.sentences, "length of a prompt, in sentences of about 20 tokens")
      ->check(CLI::Range(1, 100));
  app.add_option("--json", wanted.json, "write the figures to this file");
  CLI11_PARSE(app, argc, argv);
  return measure(wanted);
}
