// What serialising an entry costs, and reading it back: once per entry that goes to a second tier or comes from it.
#include "cache/entry_codec.h"

#include <benchmark/benchmark.h>
#include <memory>
#include <random>
#include <string>

namespace {

using namespace inferenceflow;
using namespace inferenceflow::cache;

/// Text that compresses about as English does: words drawn from a small vocabulary.
std::string prose(std::size_t bytes) {
  std::mt19937_64 random{1};
  std::string text;
  while (text.size() < bytes) {
    text += "word" + std::to_string(random() % 700) + ' ';
  }
  text.resize(bytes);
  return text;
}

kept_entry entry_of(std::size_t body_bytes) {
  auto answer = std::make_shared<cached_answer>();
  answer->body = prose(body_bytes);
  answer->operation = "chat";
  answer->model = "gpt-4o-mini";
  answer->provider = "openai";
  answer->tenant = "default";
  kept_entry entry{.key = {1, 2}, .answer = answer, .expires = wall_time{std::chrono::hours{1}}};
  entry.semantic = semantic_part{.scope = {3, 4},
                                 .text = prose(80),
                                 .embedder = "minilm",
                                 .form = vector_form::int8,
                                 .vector = prose(384),
                                 .state = prose(100)};
  return entry;
}

void encode(benchmark::State& state) {
  const auto secret = derive_secret(master_secret::random(), "default");
  const auto entry = entry_of(static_cast<std::size_t>(state.range(0)));
  std::size_t bytes = 0;
  for (auto _ : state) {
    bytes = encode_entry(entry, secret).size();
  }
  state.counters["bytes"] = static_cast<double>(bytes);
}
BENCHMARK(encode)->Arg(500)->Arg(4'000)->Arg(64'000);

void decode(benchmark::State& state) {
  const auto secret = derive_secret(master_secret::random(), "default");
  const auto entry = entry_of(static_cast<std::size_t>(state.range(0)));
  const auto name = entry_name_of(secret, entry.key, k_entry_format);
  const std::string bytes = encode_entry(entry, secret);
  const decode_limits limits{.bytes_max = 1U << 20U, .least = trust_level::none, .now = wall_time{}};
  for (auto _ : state) {
    benchmark::DoNotOptimize(decode_entry(bytes, name, secret, limits));
  }
}
BENCHMARK(decode)->Arg(500)->Arg(4'000)->Arg(64'000);

} // namespace
