// One scan of a request body: a 350-byte chat, the same with escapes, and long prompts. Read bytes/s for the long ones.
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

BENCHMARK(short_chat);
BENCHMARK(short_chat_with_escapes);
BENCHMARK(long_prompt);
BENCHMARK(long_prompt_with_escapes);
BENCHMARK(long_conversation);

} // namespace
