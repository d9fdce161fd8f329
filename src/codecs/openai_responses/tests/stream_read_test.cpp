#include "codecs/openai_responses/codec.h"
#include "dialogue/assembly.h"
#include "dialogue/order_check.h"

#include <gtest/gtest.h>
#include <optional>
#include <string>

namespace inferenceflow::codecs::openai_responses {
namespace {

using dialogue::event;
using dialogue::event_kind;
using dialogue::finish;
using dialogue::text_part;

struct outcome {
  dialogue::answer got;
  bool ended = false;
  std::optional<error> failure;
  std::size_t failures = 0;
  std::string text; ///< deltas of text, each in brackets
};

outcome play(std::string_view bytes, std::size_t cut = std::string_view::npos,
             std::size_t event_bytes_max = 1U << 16U) {
  outcome seen;
  dialogue::assembly whole;
  dialogue::order_check order;
  const auto reader = codec{}.make_reader(event_bytes_max);
  const dialogue::event_handler handle = [&](const event& happened) {
    order.take(happened);
    whole.take(happened);
    seen.failures += happened.kind == event_kind::failure ? 1 : 0;
    if (happened.kind == event_kind::text) {
      seen.text.append("[").append(happened.text).append("]");
    }
  };
  while (!bytes.empty()) {
    const std::string piece{bytes.substr(0, cut)};
    reader->push(piece, handle);
    bytes.remove_prefix(piece.size());
  }
  reader->finish(handle);
  EXPECT_EQ(order.fault(), "");
  EXPECT_TRUE(order.closed());
  seen.got = whole.so_far();
  seen.ended = whole.ended();
  seen.failure = whole.failure();
  EXPECT_EQ(seen.failures, seen.ended ? 0U : 1U);
  return seen;
}

std::string of(std::initializer_list<std::string_view> events) {
  std::string stream;
  for (const std::string_view one : events) {
    stream.append("data: ").append(one).append("\n\n");
  }
  return stream;
}

constexpr std::string_view k_created =
    R"({"type":"response.created","response":{"id":"r","model":"m","created_at":7,"output":[]}})";
constexpr std::string_view k_message_added =
    R"({"type":"response.output_item.added","output_index":0,"item":{"type":"message","id":"msg","content":[]}})";
constexpr std::string_view k_delta =
    R"({"type":"response.output_text.delta","output_index":0,"content_index":0,"delta":"Hé"})";
constexpr std::string_view k_message_done =
    R"({"type":"response.output_item.done","output_index":0,"item":{"type":"message","id":"msg","content":[
        {"type":"output_text","text":"Hé you","annotations":[{"type":"url_citation","start_index":1,"end_index":2,
        "url":"u","title":"t"}]}]}})";
constexpr std::string_view k_completed =
    R"({"type":"response.completed","response":{"id":"r","status":"completed","output":[],"usage":{"input_tokens":3,
        "output_tokens":2,"total_tokens":5}}})";

std::string one_line(std::string_view json) {
  std::string line{json};
  std::erase(line, '\n');
  return line;
}

TEST(openai_responses_stream_read, reads_a_stream_however_it_is_cut) {
  const std::string stream =
      ": keep-alive\n\nevent: response.created\n" +
      of({k_created,
          R"({"type":"response.in_progress","response":{"id":"r"}})",
          R"({"type":"response.output_item.added","output_index":0,"item":{"type":"reasoning","id":"rs","summary":[]}})",
          R"({"type":"response.reasoning_summary_text.delta","output_index":0,"summary_index":0,"delta":"A"})",
          R"({"type":"response.reasoning_summary_text.delta","output_index":0,"summary_index":1,"delta":"B"})",
          R"({"type":"response.output_item.done","output_index":0,"item":{"type":"reasoning","id":"rs","summary":[{"text":"A"},{"text":"B"}],"encrypted_content":"c2Vj"}})",
          R"({"type":"response.output_item.added","output_index":1,"item":{"type":"message","id":"msg","content":[]}})",
          R"({"type":"response.content_part.added","output_index":1,"content_index":0,"part":{"type":"output_text"}})",
          R"({"type":"response.output_text.delta","output_index":1,"content_index":0,"delta":"Hé","logprobs":[{"token":"Hé","logprob":-1}]})",
          R"({"type":"response.output_text.annotation.added","output_index":1,"content_index":0,"annotation":{"type":"url_citation","start_index":1,"end_index":2,"url":"u","title":"t"}})",
          R"({"type":"response.output_text.done","output_index":1,"content_index":0,"text":"Hé"})",
          R"({"type":"response.content_part.done","output_index":1,"content_index":0,"part":{"type":"output_text","text":"Hé","annotations":[{"type":"url_citation"}]}})",
          R"({"type":"response.refusal.delta","output_index":1,"content_index":1,"delta":"No."})",
          R"({"type":"response.refusal.done","output_index":1,"content_index":1,"refusal":"No."})",
          R"({"type":"response.output_item.done","output_index":1,"item":{"type":"message","content":[{"type":"output_text","text":"Hé"},{"type":"refusal","refusal":"No."}]}})",
          R"({"type":"response.output_item.added","output_index":2,"item":{"type":"function_call","call_id":"c","name":"f","arguments":""}})",
          R"({"type":"response.function_call_arguments.delta","output_index":2,"delta":"{\"a\""})",
          R"({"type":"response.function_call_arguments.delta","output_index":2,"delta":":1}"})",
          R"({"type":"response.function_call_arguments.done","output_index":2,"arguments":"{\"a\":1}"})",
          R"({"type":"response.output_item.done","output_index":2,"item":{"type":"function_call","call_id":"c","name":"f","arguments":"{\"a\":1}"}})",
          R"({"type":"response.web_search_call.searching","output_index":3,"item_id":"ws"})",
          R"({"type":"response.output_item.done","output_index":3,"item":{"type":"web_search_call","id":"ws"}})",
          one_line(k_completed),
          "[DONE]"});
  const outcome whole = play(stream);
  ASSERT_TRUE(whole.ended);
  EXPECT_EQ(whole.got.id, "r");
  EXPECT_EQ(whole.got.created_s, 7);
  EXPECT_EQ(whole.got.usage, (cost::token_usage{.fresh_input = 3, .output = 2}));
  const dialogue::choice& said = whole.got.choices.at(0);
  EXPECT_EQ(said.reason, finish::tool_calls);
  EXPECT_EQ(said.logprobs.size(), 1U);
  ASSERT_EQ(said.parts.size(), 5U);
  EXPECT_EQ(said.parts[0], dialogue::part(dialogue::reasoning_part{.text = "A\n\nB",
                                                                   .redacted = "c2Vj",
                                                                   .id = "rs",
                                                                   .summary = true,
                                                                   .origin = dialogue::protocol::openai_responses}));
  const auto& words = std::get<text_part>(said.parts[1]);
  ASSERT_EQ(words.citations.size(), 1U);
  EXPECT_EQ(words.citations[0].begin, 1);
  EXPECT_EQ(words.citations[0].end, 3);
  EXPECT_EQ(said.parts[2], dialogue::part(dialogue::refusal_part{.text = "No."}));
  EXPECT_EQ(said.parts[3], dialogue::part(dialogue::tool_call_part{.id = "c", .name = "f", .arguments = R"({"a":1})"}));
  EXPECT_EQ(std::get<dialogue::opaque_part>(said.parts[4]).type, "web_search_call");
  for (const std::size_t cut : {1U, 2U, 3U, 17U, 1000U}) {
    EXPECT_EQ(play(stream, cut).got, whole.got) << cut;
  }
}

TEST(openai_responses_stream_read, takes_what_the_deltas_left_out_from_the_whole_item) {
  const outcome seen = play(of({k_created, k_message_added, k_delta, one_line(k_message_done), one_line(k_completed)}));
  EXPECT_EQ(seen.text, "[Hé][ you]");
  EXPECT_EQ(std::get<text_part>(seen.got.choices.at(0).parts.at(0)).citations.size(), 1U);
}

TEST(openai_responses_stream_read, takes_items_that_were_never_announced_from_the_response) {
  const outcome seen = play(of(
      {R"({"type":"response.completed","response":{"id":"r","model":"m","status":"incomplete","incomplete_details":{"reason":"max_output_tokens"},"output":[{"type":"message","content":[{"type":"output_text","text":"Hi"}]},{"type":"function_call","call_id":"c","name":"f","arguments":"{}"}]}})"}));
  EXPECT_TRUE(seen.ended);
  EXPECT_EQ(seen.got.choices.at(0).parts.size(), 2U);
  EXPECT_EQ(seen.got.choices.at(0).reason, finish::length);
}

TEST(openai_responses_stream_read, ends_items_that_were_never_done) {
  const outcome seen = play(of(
      {k_created, k_message_added, k_delta,
       R"({"type":"response.completed","response":{"output":[{"type":"message","content":[{"type":"output_text","text":"Hé!"}]}]}})"}));
  EXPECT_EQ(seen.text, "[Hé][!]");
  EXPECT_EQ(seen.got.choices.at(0).parts.size(), 1U);
}

TEST(openai_responses_stream_read, lets_reasoning_make_way_for_the_message) {
  const outcome seen = play(of(
      {k_created,
       R"({"type":"response.output_item.added","output_index":0,"item":{"type":"reasoning","id":"rs","summary":[]}})",
       R"({"type":"response.reasoning_text.delta","output_index":0,"content_index":0,"delta":"hm"})",
       R"({"type":"response.output_item.added","output_index":1,"item":{"type":"message","content":[]}})",
       R"({"type":"response.output_text.delta","output_index":1,"content_index":0,"delta":"4"})",
       R"({"type":"response.output_item.done","output_index":1,"item":{"type":"message","content":[{"type":"output_text","text":"4"}]}})",
       R"({"type":"response.reasoning_text.done","output_index":0,"content_index":0,"text":"hm"})",
       R"({"type":"response.output_item.done","output_index":0,"item":{"type":"reasoning","id":"rs","summary":[],"content":[{"text":"hm"}],"encrypted_content":"c2Vj"}})",
       one_line(k_completed)}));
  ASSERT_TRUE(seen.ended) << seen.failure->message;
  ASSERT_EQ(seen.got.choices.at(0).parts.size(), 3U);
  EXPECT_EQ(seen.text, "[4]");
  EXPECT_EQ(std::get<dialogue::reasoning_part>(seen.got.choices[0].parts[2]).redacted, "c2Vj");
}

TEST(openai_responses_stream_read, lets_interleaved_calls_wait_for_each_other) {
  const outcome seen = play(of(
      {k_created,
       R"({"type":"response.output_item.added","output_index":0,"item":{"type":"function_call","call_id":"a","name":"f"}})",
       R"({"type":"response.output_item.added","output_index":1,"item":{"type":"function_call","call_id":"b","name":"g"}})",
       R"({"type":"response.function_call_arguments.delta","output_index":1,"delta":"{\"x\""})",
       R"({"type":"response.function_call_arguments.delta","output_index":0,"delta":"{}"})",
       R"({"type":"response.output_item.done","output_index":1,"item":{"type":"function_call","call_id":"b","name":"g","arguments":"{\"x\":1}"}})",
       R"({"type":"response.output_item.done","output_index":0,"item":{"type":"function_call","call_id":"a","name":"f","arguments":"{}"}})",
       one_line(k_completed)}));
  ASSERT_TRUE(seen.ended) << seen.failure->message;
  EXPECT_EQ(seen.got.choices.at(0).parts,
            (std::vector<dialogue::part>{dialogue::tool_call_part{.id = "a", .name = "f", .arguments = "{}"},
                                         dialogue::tool_call_part{.id = "b", .name = "g", .arguments = R"({"x":1})"}}));
}

TEST(openai_responses_stream_read, ends_a_broken_stream_in_one_failure) {
  const std::string cases[] = {
      "",
      "data: {\n\n",
      "data: []\n\n",
      "<html>502</html>\n\n",
      of({k_created}),
      of({k_created, k_message_added, k_delta}),
      of({k_delta, one_line(k_completed)}),
      of({k_created, k_delta, one_line(k_completed)}),
      of({k_created, k_message_added, k_message_added}),
      of({k_created, k_message_added, k_delta, one_line(k_message_done), k_delta}),
      of({k_created, k_message_added, one_line(k_message_done), one_line(k_message_done)}),
      of({k_created, k_message_added, R"({"type":"response.function_call_arguments.delta","output_index":0})"}),
      of({k_created, k_message_added, R"({"type":"response.output_text.delta","output_index":0,"delta":"x"})"}),
      of({k_created, k_message_added,
          R"({"type":"response.output_text.delta","output_index":0,"content_index":0,"delta":7})"}),
      of({k_created, R"({"type":"response.output_item.done","output_index":9999999,"item":{"type":"message"}})"}),
      of({k_created, R"({"type":"response.completed"})"}),
      of({R"({"id":"chatcmpl-1","object":"chat.completion.chunk","choices":[]})"}),
      of({R"({"type":"message_start","message":{}})", R"({"type":"message_stop"})"}),
  };
  for (const std::string& stream : cases) {
    const outcome seen = play(stream);
    ASSERT_TRUE(seen.failure.has_value()) << stream;
    EXPECT_EQ(seen.failure->kind, error_kind::upstream_failed) << stream;
    EXPECT_TRUE(seen.failure->param.empty()) << stream;
    EXPECT_EQ(play(stream, 1).got, seen.got) << stream;
  }
}

TEST(openai_responses_stream_read, hands_on_the_providers_error) {
  const auto failure = [](std::string_view one) { return play(of({k_created, one})).failure.value(); };
  error why = failure(R"({"type":"error","code":"rate_limit_exceeded","message":"Slow down.","param":null})");
  EXPECT_EQ(why.kind, error_kind::rate_limited);
  EXPECT_EQ(why.message, "Slow down.");
  why = failure(R"({"type":"error","error":{"type":"server_error","message":"Oops."}})");
  EXPECT_EQ(why.kind, error_kind::upstream_failed);
  EXPECT_EQ(why.message, "Oops.");
  why = failure(R"({"error":{"code":"context_length_exceeded","message":"Too long."}})");
  EXPECT_EQ(why.kind, error_kind::context_too_long);
  why = failure(R"({"type":"response.failed","response":{"error":{"code":"server_error","message":"Broke."}}})");
  EXPECT_EQ(why.message, "Broke.");
  EXPECT_TRUE(why.retryable);
}

TEST(openai_responses_stream_read, bounds_what_it_holds) {
  const outcome one = play("data: " + std::string(5000, 'x'), 100, 1000);
  EXPECT_EQ(one.failure.value().message, "the upstream sent an event of more than 1000 bytes");
  std::string stream = of({k_created, k_message_added});
  for (int i = 1; i < 20; ++i) {
    stream += of({R"({"type":"response.output_item.done","output_index":)" + std::to_string(i) +
                  R"(,"item":{"type":"web_search_call","id":")" + std::string(200, 'x') + R"("}})"});
  }
  EXPECT_NE(play(stream, 100, 1000).failure.value().message.find("wait"), std::string::npos);
}

} // namespace
} // namespace inferenceflow::codecs::openai_responses
