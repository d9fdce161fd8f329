#include "codecs/anthropic/codec.h"
#include "dialogue/assembly.h"
#include "dialogue/order_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <string>

namespace inferenceflow::codecs::anthropic {
namespace {

using dialogue::protocol;
using testing::HasSubstr;

constexpr std::string_view k_start =
    R"({"type":"message_start","message":{"type":"message","id":"msg_1","model":"claude","role":"assistant",)"
    R"("content":[],"stop_reason":null,"usage":{"input_tokens":3,"cache_read_input_tokens":5,"output_tokens":1}}})";
constexpr std::string_view k_stop = R"({"type":"message_stop"})";
constexpr std::string_view k_citation =
    R"({"type":"content_block_delta","index":2,"delta":{"type":"citations_delta","citation":)"
    R"({"type":"web_search_result_location","cited_text":"q","encrypted_index":"e","title":"t","url":"u"}}})";
constexpr std::string_view k_tool_use_end =
    R"({"type":"message_delta","delta":{"stop_reason":"tool_use","stop_sequence":null},)"
    R"("usage":{"output_tokens":20,"output_tokens_details":{"thinking_tokens":12}}})";
constexpr std::string_view k_text_block =
    R"({"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}})";

/// `documents` as server-sent events.
std::string stream_of(std::initializer_list<std::string_view> documents) {
  std::string bytes;
  for (const std::string_view document : documents) {
    bytes.append("data: ").append(document).append("\n\n");
  }
  return bytes;
}

struct outcome {
  dialogue::answer got;
  std::optional<error> failure;
  bool ended = false;
  int failures = 0;
};

outcome read(std::string_view bytes, std::size_t event_bytes_max = 4096) {
  outcome seen;
  dialogue::assembly whole;
  dialogue::order_check order;
  const auto take = [&](const dialogue::event& happened) {
    order.take(happened);
    whole.take(happened);
    seen.failures += happened.kind == dialogue::event_kind::failure ? 1 : 0;
  };
  const auto reader = codec{}.make_reader(event_bytes_max);
  for (; !bytes.empty(); bytes.remove_prefix(std::min<std::size_t>(bytes.size(), 5))) {
    reader->push(bytes.substr(0, 5), take);
  }
  reader->finish(take);
  reader->finish(take);
  EXPECT_EQ(order.fault(), "");
  EXPECT_TRUE(order.closed());
  seen.got = whole.so_far();
  seen.failure = whole.failure();
  seen.ended = whole.ended();
  return seen;
}

void expect_failure(std::initializer_list<std::string_view> documents, std::string_view message) {
  const outcome seen = read(stream_of(documents));
  EXPECT_EQ(seen.failures, 1);
  ASSERT_TRUE(seen.failure.has_value());
  EXPECT_THAT(seen.failure->message, HasSubstr(std::string{message}));
}

TEST(stream_read, puts_text_thoughts_and_calls_together) {
  const outcome seen = read(stream_of({
      k_start,
      R"({"type":"ping"})",
      R"({"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":"","signature":""}})",
      R"({"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"h"}})",
      R"({"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"m"}})",
      R"({"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":"c2ln"}})",
      R"({"type":"content_block_stop","index":0})",
      R"({"type":"content_block_start","index":1,"content_block":{"type":"redacted_thinking","data":"ZW5j"}})",
      R"({"type":"content_block_stop","index":1})",
      R"({"type":"content_block_start","index":2,"content_block":{"type":"text","text":"","citations":[]}})",
      R"({"type":"content_block_delta","index":2,"delta":{"type":"text_delta","text":"Hi"}})",
      k_citation,
      R"({"type":"content_block_delta","index":2,"delta":{"type":"newer_delta","x":1}})",
      R"({"type":"content_block_stop","index":2})",
      R"({"type":"content_block_start","index":3,"content_block":{"type":"tool_use","id":"t1","name":"f","input":{}}})",
      R"({"type":"content_block_delta","index":3,"delta":{"type":"input_json_delta","partial_json":""}})",
      R"({"type":"content_block_delta","index":3,"delta":{"type":"input_json_delta","partial_json":"{\"a\""}})",
      R"({"type":"content_block_delta","index":3,"delta":{"type":"input_json_delta","partial_json":": 1}"}})",
      R"({"type":"content_block_stop","index":3})",
      R"({"type":"newer_event"})",
      k_tool_use_end,
      k_stop,
  }));
  EXPECT_TRUE(seen.ended);
  EXPECT_EQ(seen.failures, 0);
  EXPECT_EQ(seen.got.id, "msg_1");
  ASSERT_EQ(seen.got.choices.size(), 1U);
  const auto& parts = seen.got.choices[0].parts;
  ASSERT_EQ(parts.size(), 4U);
  EXPECT_EQ(std::get<dialogue::reasoning_part>(parts[0]),
            (dialogue::reasoning_part{.text = "hm", .signature = "c2ln", .origin = protocol::anthropic}));
  EXPECT_EQ(std::get<dialogue::reasoning_part>(parts[1]).redacted, "ZW5j");
  EXPECT_EQ(std::get<dialogue::text_part>(parts[2]).text, "Hi");
  EXPECT_EQ(std::get<dialogue::text_part>(parts[2]).citations.at(0).url, "u");
  EXPECT_EQ(std::get<dialogue::tool_call_part>(parts[3]).arguments, R"({"a": 1})");
  EXPECT_EQ(seen.got.choices[0].reason, dialogue::finish::tool_calls);
  EXPECT_EQ(seen.got.usage,
            (cost::token_usage{.fresh_input = 3, .cached_input = 5, .cache_write = 0, .output = 8, .reasoning = 12}));
}

TEST(stream_read, hands_server_side_blocks_over_whole) {
  const outcome seen = read(stream_of({
      k_start,
      R"({"type":"content_block_start","index":0,"content_block":{"type":"server_tool_use","id":"s","input":{}}})",
      R"({"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":"{\"q\":"}})",
      R"({"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":"1}"}})",
      R"({"type":"content_block_stop","index":0})",
      R"({"type":"content_block_start","index":1,"content_block":{"type":"compaction","content":null}})",
      R"({"type":"content_block_delta","index":1,"delta":{"type":"compaction_delta","content":"sum"}})",
      R"({"type":"content_block_stop","index":1})",
      R"({"type":"message_delta","delta":{"stop_reason":"pause_turn"},"usage":{"output_tokens":1}})",
      k_stop,
  }));
  const auto& choice = seen.got.choices.at(0);
  ASSERT_EQ(choice.parts.size(), 2U);
  EXPECT_EQ(std::get<dialogue::opaque_part>(choice.parts[0]),
            (dialogue::opaque_part{.origin = protocol::anthropic,
                                   .type = "server_tool_use",
                                   .json = R"({"type":"server_tool_use","id":"s","input":{"q":1}})"}));
  EXPECT_EQ(std::get<dialogue::opaque_part>(choice.parts[1]).json, R"({"type":"compaction","content":"sum"})");
  EXPECT_EQ(choice.reason, dialogue::finish::paused);
}

TEST(stream_read, takes_input_that_comes_with_the_start) {
  const outcome seen = read(stream_of({
      k_start,
      R"({"type":"content_block_start","index":0,"content_block":{"type":"tool_use","id":"t","name":"f",)"
      R"("input":{"a":1}}})",
      R"({"type":"content_block_stop","index":0})",
      k_stop,
  }));
  EXPECT_EQ(std::get<dialogue::tool_call_part>(seen.got.choices.at(0).parts.at(0)).arguments, R"({"a":1})");
  EXPECT_EQ(seen.got.choices[0].reason, dialogue::finish::none);
}

TEST(stream_read, makes_a_refusals_reason_a_part) {
  const outcome seen = read(stream_of({
      k_start,
      R"({"type":"message_delta","delta":{"stop_reason":"refusal","stop_details":)"
      R"({"type":"refusal","category":"bio","explanation":"Not this."}},"usage":{"output_tokens":1}})",
      k_stop,
  }));
  const auto& choice = seen.got.choices.at(0);
  EXPECT_EQ(std::get<dialogue::refusal_part>(choice.parts.at(0)).text, "Not this.");
  EXPECT_EQ(choice.reason, dialogue::finish::refusal);
}

TEST(stream_read, closes_a_block_that_the_next_one_finds_open) {
  const outcome seen = read(stream_of({
      k_start,
      k_text_block,
      R"({"type":"content_block_start","index":1,"content_block":{"type":"text","text":"b"}})",
      R"({"type":"content_block_stop","index":0})",
      R"({"type":"message_delta","delta":{"stop_reason":"stop_sequence","stop_sequence":"X"}})",
      k_stop,
  }));
  EXPECT_TRUE(seen.ended);
  EXPECT_EQ(seen.got.choices.at(0).parts.size(), 2U);
  EXPECT_EQ(seen.got.choices[0].stop_sequence, "X");
}

TEST(stream_read, passes_on_what_the_provider_says_went_wrong) {
  const outcome seen = read(stream_of({
      k_start,
      k_text_block,
      R"({"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}})",
      k_stop,
  }));
  EXPECT_EQ(seen.failures, 1);
  ASSERT_TRUE(seen.failure.has_value());
  EXPECT_EQ(seen.failure->kind, error_kind::unavailable);
  EXPECT_EQ(seen.failure->source, error_source::upstream);
  EXPECT_TRUE(seen.failure->retryable);
  EXPECT_EQ(seen.failure->message, "Overloaded");
}

TEST(stream_read, fails_once_on_a_broken_stream) {
  expect_failure({}, "held no answer");
  expect_failure({k_start, k_text_block}, "before the answer was complete");
  expect_failure({"[DONE]"}, "no JSON object");
  expect_failure({R"({"id":"x","object":"chat.completion.chunk","choices":[]})"}, "has no type");
  expect_failure({R"({"error":{"message":"bad","type":"x"}})"}, "bad");
  expect_failure({k_text_block}, "began with content_block_start");
  expect_failure({k_start, k_start}, "began twice");
  expect_failure({k_start, k_text_block, k_text_block}, "out of order");
  expect_failure({k_start, R"({"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"x"}})"},
                 "not open");
  expect_failure(
      {k_start, k_text_block, R"({"type":"content_block_delta","index":1,"delta":{"type":"text_delta","text":"x"}})"},
      "not open");
  expect_failure({k_start, k_text_block,
                  R"({"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"x"}})"},
                 "another type");
  expect_failure({k_start, R"({"type":"content_block_stop","index":0})"}, "did not begin");
  expect_failure({k_start, R"({"type":"message_delta","delta":{"stop_reason":"end_turn"}})", k_text_block},
                 "behind its stop reason");
  expect_failure({k_start, R"({"type":"content_block_start","index":0,"content_block":{"type":"tool_use","id":1}})"},
                 "content_block.id must be a string");
  expect_failure({k_start,
                  R"({"type":"content_block_start","index":0,"content_block":{"type":"mcp_tool_use","input":{}}})",
                  R"({"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":"{"}})",
                  R"({"type":"content_block_stop","index":0})"},
                 "not valid JSON");
}

TEST(stream_read, holds_no_more_than_it_may) {
  const std::string long_text(500, 'x');
  const std::string event =
      R"({"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":")" + long_text + R"("}})";
  const outcome seen = read(stream_of({k_start, k_text_block, event}), 400);
  EXPECT_EQ(seen.failures, 1);
  EXPECT_THAT(seen.failure->message, HasSubstr("more than 400 bytes"));

  const std::string piece = R"({"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta",)"
                            R"("partial_json":")" +
                            std::string(200, '1') + R"("}})";
  const outcome block =
      read(stream_of({k_start, R"({"type":"content_block_start","index":0,"content_block":{"type":"server_tool_use"}})",
                      piece, piece, piece}),
           400);
  EXPECT_EQ(block.failures, 1);
  EXPECT_THAT(block.failure->message, HasSubstr("a block of more than 400 bytes"));
}

} // namespace
} // namespace inferenceflow::codecs::anthropic
