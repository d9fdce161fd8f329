// Translation between every two protocols: one event of a stream, and a request of 2 KiB with its answer.
// Names: event/<client>/<backend> in time per event, document/<client>/<backend> in time per request with its answer.
// A backend's bytes are what its own codec writes, so no protocol's format is repeated here.
#include "codecs/anthropic/codec.h"
#include "codecs/bedrock/codec.h"
#include "codecs/cohere/codec.h"
#include "codecs/gemini/codec.h"
#include "codecs/openai_chat/codec.h"
#include "codecs/openai_responses/codec.h"
#include "dialogue/assembly.h"

#include <benchmark/benchmark.h>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

using namespace inferenceflow;
using dialogue::event_kind;

constexpr std::size_t k_request_bytes = 2048;
constexpr std::size_t k_event_bytes_max = 1U << 20U;
constexpr int k_deltas = 256; ///< of one stream: a longer answer's share of begin and end is small
constexpr std::string_view k_model = "bench";

struct spoken {
  std::string name;
  std::unique_ptr<const dialogue::codec> speaks;
};

const std::vector<spoken>& protocols() {
  static const std::vector<spoken> all = [] {
    std::vector<spoken> made;
    made.push_back({"openai", std::make_unique<codecs::openai_chat::codec>()});
    made.push_back({"openai_responses", std::make_unique<codecs::openai_responses::codec>()});
    made.push_back({"anthropic", std::make_unique<codecs::anthropic::codec>()});
    made.push_back({"gemini", std::make_unique<codecs::gemini::codec>()});
    made.push_back({"cohere", std::make_unique<codecs::cohere::codec>()});
    made.push_back({"bedrock", std::make_unique<codecs::bedrock::codec>()});
    return made;
  }();
  return all;
}

dialogue::message turn(dialogue::role who, std::string text) {
  dialogue::message said{.who = who};
  said.parts.emplace_back(dialogue::text_part{.text = std::move(text)});
  return said;
}

/// A conversation of four turns whose body has about `bytes` in any protocol.
dialogue::request conversation(std::size_t bytes) {
  std::string words;
  while (words.size() + 220 < bytes / 2) {
    words += "The \"quick\" brown fox jumps over the lazy dog.\n";
  }
  dialogue::request asked{.model = std::string{k_model}, .tokens_max = 400};
  asked.messages = {turn(dialogue::role::system, "You are terse."), turn(dialogue::role::user, words),
                    turn(dialogue::role::assistant, "Noted."), turn(dialogue::role::user, words)};
  asked.sample.temperature = 0.7;
  return asked;
}

dialogue::answer reply() {
  dialogue::answer got{.id = "answer-0001", .model = std::string{k_model}, .created_s = 1'755'000'000};
  std::string words;
  while (words.size() < 400) {
    words += "The answer is forty-two, \"roughly\".\n";
  }
  dialogue::choice said{.reason = dialogue::finish::stop};
  said.parts.emplace_back(dialogue::text_part{.text = words});
  got.choices.push_back(std::move(said));
  got.usage = cost::token_usage{.fresh_input = 500, .output = 100};
  return got;
}

/// A stream as a backend sends it, one string per event.
std::vector<std::string> backend_stream(const dialogue::codec& backend) {
  std::vector<std::string> pieces;
  const auto writer = backend.make_writer({.model = k_model, .created_s = 1'755'000'000});
  const auto add = [&](const dialogue::event& happened) {
    std::string bytes;
    writer->write(happened, bytes);
    if (!bytes.empty()) {
      pieces.push_back(std::move(bytes));
    }
  };
  const cost::token_usage tokens{.fresh_input = 60, .output = k_deltas};
  add({.kind = event_kind::begin, .id = "answer-0001", .name = k_model, .created_s = 1'755'000'000});
  add({.kind = event_kind::part_begin});
  for (int i = 0; i < k_deltas; ++i) {
    add({.kind = event_kind::text, .text = " word"});
  }
  add({.kind = event_kind::part_end});
  add({.kind = event_kind::finish, .reason = dialogue::finish::stop});
  add({.kind = event_kind::usage, .tokens = &tokens});
  add({.kind = event_kind::end});
  return pieces;
}

void stream(benchmark::State& state, const dialogue::codec& client, const dialogue::codec& backend) {
  const auto pieces = backend_stream(backend);
  std::size_t deltas = 0;
  for (auto _ : state) {
    const auto reader = backend.make_reader(k_event_bytes_max);
    const auto writer = client.make_writer({.model = k_model, .created_s = 1'755'000'000});
    std::string out;
    deltas = 0;
    const dialogue::event_handler handle = [&](const dialogue::event& happened) {
      deltas += happened.kind == event_kind::text ? 1 : 0;
      writer->write(happened, out);
    };
    for (const auto& piece : pieces) {
      out.clear();
      reader->push(piece, handle);
      benchmark::DoNotOptimize(out.data());
    }
    reader->finish(handle);
  }
  if (deltas != k_deltas) {
    state.SkipWithError("the stream did not arrive whole");
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()) * k_deltas);
}

void document(benchmark::State& state, const dialogue::codec& client, const dialogue::codec& backend) {
  const auto asked = client.write_request(conversation(k_request_bytes), k_model);
  if (!asked) {
    throw std::runtime_error{asked.error().message};
  }
  const auto question = asked->path.find('?');
  const dialogue::request_target target{
      .path = std::string_view{asked->path}.substr(0, question),
      .query = question == std::string::npos ? std::string_view{} : std::string_view{asked->path}.substr(question + 1)};
  const std::string answered = backend.write_answer(reply(), {.model = k_model}).body;
  for (auto _ : state) {
    const auto read = client.read_request(asked->body, target);
    if (!read) {
      state.SkipWithError(read.error().message.c_str());
      break;
    }
    auto written = backend.write_request(*read, k_model);
    const auto got = backend.read_answer(answered);
    if (!written || !got) {
      state.SkipWithError("the translation failed");
      break;
    }
    auto told = client.write_answer(*got, {.model = k_model});
    benchmark::DoNotOptimize(written->body.data());
    benchmark::DoNotOptimize(told.body.data());
  }
  state.counters["request_bytes"] = static_cast<double>(asked->body.size());
}

/// Every pair; a protocol with itself is not translated.
const bool k_registered = [] {
  for (const auto& client : protocols()) {
    for (const auto& backend : protocols()) {
      if (client.name == backend.name) {
        continue;
      }
      const std::string pair = client.name + "/" + backend.name;
      const auto& to = *client.speaks;
      const auto& from = *backend.speaks;
      benchmark::RegisterBenchmark(("event/" + pair).c_str(), [&to, &from](auto& state) {
        stream(state, to, from);
      })->Unit(benchmark::kMicrosecond);
      benchmark::RegisterBenchmark(("document/" + pair).c_str(), [&to, &from](auto& state) {
        document(state, to, from);
      })->Unit(benchmark::kMicrosecond);
    }
  }
  return true;
}();

} // namespace
