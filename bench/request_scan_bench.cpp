// One scan of a request body: a 350-byte chat, the same with escapes, and long prompts. Read bytes/s for the long ones.
// split_*: what a semantic look-up adds after an exact miss, by the size of the body: one message up to the bound of a
// turn (350 B, 2 KiB), a conversation with a short last turn (32 KiB).
#include "turn/normalised_answer.h"
#include "wire/openai/last_turn.h"
#include "wire/openai/request_scan.h"

#include <benchmark/benchmark.h>
#include <string>

namespace {

using inferenceflow::wire::openai::operation;
using inferenceflow::wire::openai::request_scanner;

std::string chat_body(std::string_view content) {
  return R"({"model":"gpt-4o-mini","messages":[{"role":"system","content":"You are a helpful assistant."},)"
         R"({"role":"user","content":")" +
         std::string{content} + R"("}],"temperature":0,"max_tokens":256,"stream":true})";
}

std::string repeated(std::string_view piece, std::size_t bytes) {
  std::string text;
  while (text.size() + piece.size() <= bytes) {
    text += piece;
  }
  return text;
}

void scan(benchmark::State& state, const std::string& body) {
  request_scanner scanner;
  for (auto _ : state) {
    auto facts = scanner.scan(operation::chat, body, 42);
    if (!facts) {
      state.SkipWithError("the body was refused");
      break;
    }
    benchmark::DoNotOptimize(facts);
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations()) * static_cast<std::int64_t>(body.size()));
}

void short_chat(benchmark::State& state) {
  scan(state, chat_body(repeated("Tell me about the sea. ", 190)));
}
void short_chat_with_escapes(benchmark::State& state) {
  scan(state, chat_body(repeated(R"(Tell me\nabout it. )", 190)));
}
void long_prompt(benchmark::State& state) {
  scan(state, chat_body(repeated("Tell me about the sea. ", 100 * 1024)));
}
void long_prompt_with_escapes(benchmark::State& state) {
  scan(state, chat_body(repeated(R"(A line of some sixty characters, as source code has them.\n)", 100 * 1024)));
}
void long_conversation(benchmark::State& state) {
  std::string body = R"({"model":"gpt-4o-mini","messages":[)";
  for (int turn = 0; turn < 500; ++turn) {
    body += R"({"role":"user","content":")" + repeated("Tell me about the sea. ", 180) + R"("},)";
  }
  scan(state, body + R"({"role":"user","content":"And now?"}]})");
}

void split(benchmark::State& state, const std::string& body) {
  request_scanner scanner;
  for (auto _ : state) {
    auto cut = inferenceflow::wire::openai::split_last_turn(operation::chat, body, scanner, 42);
    if (!cut.turn) {
      state.SkipWithError("the body has no turn");
      break;
    }
    benchmark::DoNotOptimize(cut);
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations()) * static_cast<std::int64_t>(body.size()));
}

void split_350_bytes(benchmark::State& state) {
  split(state, chat_body(repeated("Tell me about the sea. ", 190)));
}
void split_2_kib(benchmark::State& state) {
  split(state, chat_body(repeated("Tell me about the sea. ", 1890)));
}
void split_32_kib(benchmark::State& state) {
  std::string body = R"({"model":"gpt-4o-mini","messages":[)";
  while (body.size() < std::size_t{32} * 1024 - 280) {
    body += R"({"role":"user","content":")" + repeated("Tell me about the sea. ", 180) + R"("},)";
  }
  split(state, body + R"({"role":"user","content":"And now?"}]})");
}

void normalised_2_kib(benchmark::State& state) {
  const std::string answer = repeated("The **capital** of France is Paris, with 2,102,650 people.\n- one\n", 2048);
  for (auto _ : state) {
    benchmark::DoNotOptimize(inferenceflow::turn::normalised(answer));
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations()) * static_cast<std::int64_t>(answer.size()));
}

BENCHMARK(short_chat);
BENCHMARK(short_chat_with_escapes);
BENCHMARK(long_prompt);
BENCHMARK(long_prompt_with_escapes);
BENCHMARK(long_conversation);
BENCHMARK(split_350_bytes);
BENCHMARK(split_2_kib);
BENCHMARK(split_32_kib);
BENCHMARK(normalised_2_kib);

} // namespace
