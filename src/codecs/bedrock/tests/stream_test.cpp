#include "codecs/bedrock/codec.h"
#include "codecs/bedrock/event_stream.h"
#include "dialogue/assembly.h"
#include "dialogue/order_check.h"

#include <array>
#include <gtest/gtest.h>

namespace {

using namespace inferenceflow;
using namespace inferenceflow::dialogue;
namespace bedrock = codecs::bedrock;

constexpr std::size_t k_event_bytes_max = 1U << 16U;

std::string frame(std::string_view type, std::string_view payload) {
  std::string out;
  const std::array<bedrock::stream_header, 3> headers{
      {{":event-type", type}, {":content-type", "application/json"}, {":message-type", "event"}}};
  bedrock::append_message(out, headers, payload);
  return out;
}

std::string start() {
  return frame("messageStart", R"({"p":"abc","role":"assistant"})");
}

std::string delta(int block, std::string_view what) {
  return frame("contentBlockDelta", R"({"contentBlockIndex":)" + std::to_string(block) + R"(,"delta":)" +
                                        std::string{what} + R"(,"p":"ab"})");
}

std::string block_start(int block, std::string_view what) {
  return frame("contentBlockStart",
               R"({"contentBlockIndex":)" + std::to_string(block) + R"(,"start":)" + std::string{what} + "}");
}

std::string block_stop(int block) {
  return frame("contentBlockStop", R"({"contentBlockIndex":)" + std::to_string(block) + "}");
}

std::string stop(std::string_view reason = "end_turn") {
  return frame("messageStop", R"({"stopReason":")" + std::string{reason} + "\"}");
}

std::string metadata() {
  return frame("metadata", R"({"usage":{"inputTokens":3,"outputTokens":2,"totalTokens":5},"metrics":{"latencyMs":9}})");
}

struct outcome {
  answer got = {};
  bool ended = false;
  std::string failure = {};
  error_kind kind = error_kind::internal;
  std::string order_fault = {};
};

outcome read(std::string_view bytes, std::size_t piece, std::size_t bytes_max = k_event_bytes_max) {
  const auto reader = bedrock::codec{}.make_reader(bytes_max);
  assembly whole;
  order_check order;
  const event_handler handle = [&](const event& happened) {
    whole.take(happened);
    order.take(happened);
  };
  while (!bytes.empty()) {
    const std::string cut{bytes.substr(0, piece)};
    bytes.remove_prefix(cut.size());
    reader->push(cut, handle);
  }
  reader->finish(handle);
  reader->finish(handle);
  outcome seen{.got = whole.so_far(), .ended = whole.ended(), .order_fault = order.fault()};
  if (whole.failure()) {
    seen.failure = whole.failure()->message;
    seen.kind = whole.failure()->kind;
  }
  EXPECT_NE(seen.ended, !seen.failure.empty()) << "one of the two, and once";
  EXPECT_EQ(seen.order_fault, "");
  return seen;
}

/// Reads whole and at every cut; all must agree.
outcome read_all_cuts(std::string_view bytes) {
  outcome whole = read(bytes, bytes.size());
  for (const std::size_t piece : {1U, 2U, 3U, 7U, 50U, 101U}) {
    const outcome cut = read(bytes, piece);
    EXPECT_EQ(cut.got, whole.got) << piece;
    EXPECT_EQ(cut.failure, whole.failure) << piece;
  }
  return whole;
}

TEST(bedrock_stream_read, text_reasoning_and_calls) {
  const outcome seen = read_all_cuts(
      start() + delta(0, R"({"text":""})") + block_stop(0) + delta(1, R"({"reasoningContent":{"text":"th"}})") +
      delta(1, R"({"reasoningContent":{"text":"ink"}})") + delta(1, R"({"reasoningContent":{"signature":"c2"}})") +
      delta(1, R"({"reasoningContent":{"signature":"ln"}})") + block_stop(1) +
      delta(2, R"({"reasoningContent":{"redactedContent":"YWJj"}})") + block_stop(2) + delta(3, R"({"text":"hel"})") +
      delta(3, R"({"text":"lo"})") + block_stop(3) +
      block_start(4, R"({"toolUse":{"toolUseId":"t1","name":"f","type":"tool_use"}})") +
      delta(4, R"({"toolUse":{"input":"{\"a\""}})") + delta(4, R"({"toolUse":{"input":":1}"}})") + block_stop(4) +
      block_start(5, R"({"toolUse":{"toolUseId":"t2","name":"g"}})") + delta(5, R"({"toolUse":{"input":""}})") +
      block_stop(5) + frame("tomorrow", "{}") + stop("tool_use") + metadata());
  EXPECT_TRUE(seen.ended);
  ASSERT_EQ(seen.got.choices.size(), 1U);
  const auto& parts = seen.got.choices[0].parts;
  ASSERT_EQ(parts.size(), 5U);
  EXPECT_EQ(parts[0], part{(reasoning_part{.text = "think", .signature = "c2ln", .origin = protocol::bedrock})});
  EXPECT_EQ(parts[1], part{(reasoning_part{.text = {}, .redacted = "YWJj", .origin = protocol::bedrock})});
  EXPECT_EQ(parts[2], part{text_part{.text = "hello"}});
  EXPECT_EQ(parts[3], part{(tool_call_part{.id = "t1", .name = "f", .arguments = R"({"a":1})"})});
  EXPECT_EQ(parts[4], part{(tool_call_part{.id = "t2", .name = "g", .arguments = "{}"})});
  EXPECT_EQ(seen.got.choices[0].reason, dialogue::finish::tool_calls);
  EXPECT_EQ(seen.got.usage, (cost::token_usage{.fresh_input = 3, .output = 2}));
}

TEST(bedrock_stream_read, citations_images_and_tools_of_the_provider) {
  const outcome seen = read_all_cuts(
      start() + delta(0, R"({"text":"cited"})") +
      delta(0, R"({"citation":{"title":"T","sourceContent":[{"text":"q"}]}})") + block_stop(0) +
      block_start(1, R"({"image":{"format":"webp"}})") + delta(1, R"({"image":{"source":{"bytes":"AAAA"}}})") +
      block_stop(1) + block_start(2, R"({"toolUse":{"toolUseId":"s","name":"web","type":"server_tool_use"}})") +
      delta(2, R"({"toolUse":{"input":"{\"q\":"}})") + delta(2, R"({"toolUse":{"input":"1}"}})") + block_stop(2) +
      block_start(3, R"({"toolResult":{"toolUseId":"s","type":"web_result","status":"success"}})") +
      delta(3, R"({"toolResult":[{"text":"a"}]})") + delta(3, R"({"toolResult":[{"json":{"b":1}},{"text":"c"}]})") +
      block_stop(3) + stop() + metadata());
  const auto& parts = seen.got.choices.at(0).parts;
  ASSERT_EQ(parts.size(), 4U);
  EXPECT_EQ(std::get<text_part>(parts[0]).citations.at(0).quote, "q");
  EXPECT_EQ(parts[1], part{(media_part{.media_type = "image/webp", .data_base64 = "AAAA"})});
  EXPECT_EQ(std::get<opaque_part>(parts[2]).json,
            R"({"toolUse":{"toolUseId":"s","name":"web","input":{"q":1},"type":"server_tool_use"}})");
  EXPECT_EQ(std::get<opaque_part>(parts[3]).json,
            R"({"toolResult":{"toolUseId":"s","content":[{"text":"a"},{"json":{"b":1}},{"text":"c"}],)"
            R"("type":"web_result","status":"success"}})");
}

TEST(bedrock_stream_read, blocks_that_are_not_closed) {
  const outcome seen = read_all_cuts(start() + delta(0, R"({"text":"a"})") + delta(1, R"({"text":"b"})") +
                                     delta(1, R"({"reasoningContent":{"text":"c"}})") + stop());
  EXPECT_TRUE(seen.ended);
  EXPECT_EQ(seen.got.choices[0].parts.size(), 3U);
  EXPECT_EQ(seen.got.usage, std::nullopt);
}

TEST(bedrock_stream_read, metadata_before_the_stop) {
  const outcome seen = read_all_cuts(start() + delta(0, R"({"text":"a"})") + metadata() + stop());
  EXPECT_TRUE(seen.ended);
  EXPECT_TRUE(seen.got.usage);
}

TEST(bedrock_stream_read, broken_streams_fail_once) {
  const std::string good = start() + delta(0, R"({"text":"a"})");
  const std::vector<std::string> streams{
      "",
      "data: {}\n\n, this is no event stream at all",
      good,
      start().substr(0, 20),
      good + stop() + metadata().substr(0, 30),
      delta(0, R"({"text":"a"})"),
      metadata(),
      good + start(),
      good + stop() + delta(1, R"({"text":"late"})"),
      good + block_stop(0) + delta(0, R"({"text":"again"})"),
      good + delta(1, R"({"text":"b"})") + delta(0, R"({"text":"back"})"),
      good + delta(0, R"({"toolUse":{"input":"x"}})"),
      good + block_start(0, R"({"toolUse":{"toolUseId":"t","name":"f"}})"),
      good + block_start(1, R"({"toolUse":{"name":"f"}})"),
      good + block_start(1, R"({"toolUse":{"toolUseId":"t","name":"f"}})") + delta(1, R"({"text":"x"})"),
      good + delta(1, R"({"toolResult":[{"text":"x"}]})"),
      good + frame("contentBlockDelta", R"({"delta":{"text":"x"}})"),
      good + frame("contentBlockDelta", "not json"),
      good + frame("contentBlockDelta", R"({"contentBlockIndex":0,"delta":{"text":7}})"),
      good + frame("contentBlockDelta", R"({"contentBlockIndex":-1,"delta":{"text":"x"}})"),
  };
  for (std::size_t i = 0; i < streams.size(); ++i) {
    const outcome seen = read_all_cuts(streams[i]);
    EXPECT_FALSE(seen.ended) << i;
    EXPECT_EQ(seen.kind, error_kind::upstream_failed) << i;
    EXPECT_EQ(seen.failure.substr(0, 21), "the upstream's stream") << seen.failure;
  }
}

TEST(bedrock_stream_read, exceptions_fail_with_their_message) {
  std::string exception;
  const std::array<bedrock::stream_header, 2> headers{
      {{":exception-type", "throttlingException"}, {":message-type", "exception"}}};
  bedrock::append_message(exception, headers, R"({"message":"slow down"})");
  const outcome seen = read_all_cuts(start() + delta(0, R"({"text":"a"})") + exception + stop());
  EXPECT_EQ(seen.failure, "slow down");
  EXPECT_EQ(seen.kind, error_kind::rate_limited);
  std::string unmodeled;
  const std::array<bedrock::stream_header, 3> error_headers{
      {{":error-code", "InternalFailure"}, {":error-message", "oh \"no\""}, {":message-type", "error"}}};
  bedrock::append_message(unmodeled, error_headers, "");
  EXPECT_EQ(read_all_cuts(unmodeled).failure, "oh \"no\"");
}

TEST(bedrock_stream_read, blocks_kept_whole_are_bounded) {
  std::string bytes = start() + block_start(0, R"({"image":{"format":"png"}})");
  const std::string piece = delta(0, R"({"image":{"source":{"bytes":")" + std::string(400, 'A') + R"("}}})");
  for (int i = 0; i < 4; ++i) {
    bytes += piece;
  }
  EXPECT_EQ(read(bytes, bytes.size(), 1000).failure, "the upstream's stream holds a block that is larger than allowed");
}

/// Every kind of part that has a streamed form.
answer sample() {
  answer got;
  got.usage = cost::token_usage{.fresh_input = 1, .cached_input = 2, .cache_write = 3, .output = 4};
  choice& only = got.choices.emplace_back();
  only.reason = dialogue::finish::stop_sequence;
  only.stop_sequence = "|";
  text_part cited{.text = "cited"};
  cited.citations.push_back({.title = "T",
                             .url = "https://x",
                             .source_id = "s",
                             .opaque = R"({"title":"T","source":"s","location":{"web":{"url":"https://x"}}})"});
  only.parts = {
      reasoning_part{.text = "t", .signature = "c2ln", .origin = protocol::bedrock},
      reasoning_part{.text = {}, .redacted = "YWJj", .origin = protocol::bedrock},
      reasoning_part{.text = "unsigned"},
      text_part{.text = "hello\n\"world\" \u20ac"},
      cited,
      media_part{.media_type = "image/gif", .data_base64 = "AAAA"},
      opaque_part{.origin = protocol::bedrock,
                  .type = "toolUse",
                  .json = R"({"toolUse":{"toolUseId":"s","name":"web","input":{"q":1},"type":"server_tool_use"}})"},
      opaque_part{.origin = protocol::bedrock,
                  .type = "toolResult",
                  .json = R"({"toolResult":{"toolUseId":"s","content":[{"text":"a"}],"type":"x","status":"success"}})"},
      tool_call_part{.id = "t1", .name = "f", .arguments = R"({"a":[1,{"b":null}]})"},
      tool_call_part{.id = "t2", .name = "g", .arguments = "{}"},
  };
  return got;
}

std::string write(const answer& got, std::vector<std::string>* losses = nullptr) {
  const auto writer = bedrock::codec{}.make_writer({});
  std::string bytes;
  replay(got, [&](const event& happened) { writer->write(happened, bytes); });
  if (losses != nullptr) {
    *losses = writer->losses();
  }
  return bytes;
}

TEST(bedrock_stream_write, what_is_written_is_read_back) {
  std::vector<std::string> losses;
  const std::string bytes = write(sample(), &losses);
  EXPECT_EQ(losses, std::vector<std::string>{});
  const outcome seen = read_all_cuts(bytes);
  EXPECT_TRUE(seen.ended);
  EXPECT_EQ(seen.got, sample());
  const auto whole = bedrock::codec{}.read_answer(bedrock::codec{}.write_answer(sample(), {}).body);
  ASSERT_TRUE(whole);
  EXPECT_EQ(*whole, seen.got);
}

TEST(bedrock_stream_write, events_as_converse_stream_sends_them) {
  answer got;
  got.choices.resize(1);
  got.choices[0].reason = dialogue::finish::tool_calls;
  got.choices[0].parts = {text_part{.text = "hi"}, text_part{},
                          tool_call_part{.id = "t", .name = "f", .arguments = "{}"}};
  std::string seen;
  bedrock::stream_decoder decoder{k_event_bytes_max};
  ASSERT_TRUE(decoder.push(write(got), [&](const bedrock::stream_message& one) {
    EXPECT_EQ(one.header(":message-type"), "event");
    EXPECT_EQ(one.header(":content-type"), "application/json");
    seen.append(one.header(":event-type")).append(" ").append(one.payload()).append("\n");
  }));
  EXPECT_EQ(seen, R"(messageStart {"role":"assistant"}
contentBlockDelta {"contentBlockIndex":0,"delta":{"text":"hi"}}
contentBlockStop {"contentBlockIndex":0}
contentBlockStart {"contentBlockIndex":1,"start":{"toolUse":{"toolUseId":"t","name":"f"}}}
contentBlockDelta {"contentBlockIndex":1,"delta":{"toolUse":{"input":"{}"}}}
contentBlockStop {"contentBlockIndex":1}
messageStop {"stopReason":"tool_use"}
metadata {"usage":{"inputTokens":0,"outputTokens":0,"totalTokens":0,"cacheReadInputTokens":0,"cacheWriteInputTokens":0},"metrics":{"latencyMs":0}}
)");
}

TEST(bedrock_stream_write, losses_are_named_once) {
  answer got;
  got.id = "x";
  got.choices.resize(2);
  got.choices[0].reason = dialogue::finish::paused;
  got.choices[0].parts = {
      reasoning_part{.text = "t", .signature = "s", .id = "r", .summary = true, .origin = protocol::anthropic},
      reasoning_part{.text = {}, .redacted = "s", .origin = protocol::anthropic},
      refusal_part{.text = "no"},
      opaque_part{.origin = protocol::gemini, .type = "code", .json = "{}"},
      opaque_part{.origin = protocol::bedrock, .type = "guardContent", .json = R"({"guardContent":{}})"},
      media_part{.media_type = "audio/wav", .data_base64 = "AA=="},
      tool_call_part{.id = "1", .name = "f", .arguments = "free", .custom = true, .signature = "g"},
  };
  std::vector<std::string> losses;
  const outcome seen = read_all_cuts(write(got, &losses));
  EXPECT_EQ(losses,
            (std::vector<std::string>{"id", "reasoning.id", "reasoning.summary", "signature", "redacted", "refusal",
                                      "code", "guardContent", "media", "custom", "finish", "choices", "usage"}));
  const auto& parts = seen.got.choices.at(0).parts;
  ASSERT_EQ(parts.size(), 3U);
  EXPECT_EQ(parts[0], part{reasoning_part{.text = "t"}});
  EXPECT_EQ(parts[1], part{text_part{.text = "no"}});
  EXPECT_EQ(parts[2], part{(tool_call_part{.id = "1", .name = "f", .arguments = R"({"input":"free"})"})});
}

TEST(bedrock_stream_write, a_failure_is_the_last_thing_written) {
  const auto writer = bedrock::codec{}.make_writer({});
  std::string bytes;
  const error why = make_error(error_kind::rate_limited, "slow");
  writer->write({.kind = event_kind::begin}, bytes);
  writer->write({.kind = event_kind::failure, .why = &why}, bytes);
  const std::size_t size = bytes.size();
  writer->write({.kind = event_kind::end}, bytes);
  EXPECT_EQ(bytes.size(), size);
  const outcome seen = read_all_cuts(bytes);
  EXPECT_EQ(seen.failure, "slow");
  EXPECT_EQ(seen.kind, error_kind::rate_limited);
}

} // namespace
