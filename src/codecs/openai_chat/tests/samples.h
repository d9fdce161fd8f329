/// What the tests of this codec share: a codec in one line, and an answer with everything in it.
#pragma once

#include "codecs/openai_chat/codec.h"
#include "dialogue/assembly.h"
#include "dialogue/order_check.h"

#include <algorithm>
#include <gtest/gtest.h>
#include <string>
#include <string_view>
#include <vector>

namespace inferenceflow::codecs::openai_chat {

inline constexpr std::size_t k_event_bytes_max = std::size_t{1} << 20U;

/// What a stream came to.
struct seen_stream {
  dialogue::answer got = {};
  std::optional<error> failure = {};
  bool ended = false;
  std::string order_fault = {};
  std::size_t failures = 0;
};

inline seen_stream read_stream(std::string_view bytes, std::size_t cut = 1U << 20U, const dialect& of = {},
                               std::size_t event_bytes_max = k_event_bytes_max) {
  const codec spoken{of};
  const auto reader = spoken.make_reader(event_bytes_max);
  dialogue::assembly whole;
  dialogue::order_check order;
  seen_stream seen;
  const auto take = [&](const dialogue::event& happened) {
    order.take(happened);
    whole.take(happened);
    seen.failures += happened.kind == dialogue::event_kind::failure ? 1U : 0U;
  };
  for (std::size_t at = 0; at < bytes.size(); at += cut) {
    const std::string piece{bytes.substr(at, cut)}; // gone after the call
    reader->push(piece, take);
  }
  reader->finish(take);
  seen.got = whole.so_far();
  seen.failure = whole.failure();
  seen.ended = whole.ended();
  seen.order_fault = order.fault();
  return seen;
}

inline std::string write_stream(const dialogue::answer& got, const dialogue::stream_wish& wish = {}) {
  std::string bytes;
  const auto writer = codec{}.make_writer(wish);
  dialogue::replay(got, [&](const dialogue::event& happened) { writer->write(happened, bytes); });
  return bytes;
}

/// Chunks as a host sends them, from the values of `choices`.
inline std::string stream_of(const std::vector<std::string>& choices, bool done = true) {
  std::string bytes;
  for (std::string one : choices) {
    one.erase(std::remove(one.begin(), one.end(), '\n'), one.end()); // a literal's own line ends
    bytes += R"(data: {"id":"c1","object":"chat.completion.chunk","created":7,"model":"m","choices":)" + one + "}\n\n";
  }
  return done ? bytes + "data: [DONE]\n\n" : bytes;
}

inline dialogue::answer rich_answer() {
  using dialogue::choice;
  using dialogue::finish;
  using dialogue::media_part;
  using dialogue::protocol;
  using dialogue::reasoning_part;
  using dialogue::refusal_part;
  using dialogue::text_part;
  using dialogue::tool_call_part;
  choice first;
  first.parts = {
      reasoning_part{.text = "Hm.", .signature = "c2ln", .origin = protocol::anthropic},
      reasoning_part{.redacted = "cmVk", .origin = protocol::anthropic},
      text_part{.text = "Zürich is a city.",
                .citations = {{.quote = "q", .title = "t", .url = "https://a.example/1", .begin = 0, .end = 7}},
                .signature = "dHM="},
      tool_call_part{.id = "c1", .name = "add", .arguments = R"({"a":1})"},
      tool_call_part{.id = "c2", .name = "now", .arguments = "{}", .signature = "c2k="},
      tool_call_part{.id = "c3", .name = "free", .arguments = "any text", .custom = true},
      media_part{.media_type = "image/png", .data_base64 = "AAAA"},
  };
  first.reason = finish::tool_calls;
  first.logprobs = {{.token = "Z", .logprob = -0.5, .top = {{"Z", -0.5}, {"G", -1.25}}}};
  choice second;
  second.parts = {refusal_part{.text = "No."}};
  second.reason = finish::refusal;
  choice third;
  third.parts = {reasoning_part{.text = "plain", .id = "rs_1", .summary = true}, text_part{.text = "one"}};
  third.reason = finish::stop_sequence;
  third.stop_sequence = "END";
  return {.id = "a1",
          .model = "m",
          .created_s = 7,
          .choices = {first, second, third},
          .usage =
              cost::token_usage{.fresh_input = 3, .cached_input = 2, .cache_write = 1, .output = 4, .reasoning = 5}};
}

} // namespace inferenceflow::codecs::openai_chat
