#include "codecs/openai_chat/tests/samples.h"

namespace inferenceflow::codecs::openai_chat {
namespace {

using dialogue::finish;
using dialogue::part;
using dialogue::protocol;
using dialogue::reasoning_part;
using dialogue::text_part;
using dialogue::tool_call_part;

/// A choice's delta and how it ended.
std::string delta(std::string_view members, std::string_view rest = R"("finish_reason":null)") {
  return R"([{"index":0,"delta":{)" + std::string{members} + "}," + std::string{rest} + "}]";
}

const std::string k_end = R"([{"index":0,"delta":{},"finish_reason":"stop"}])";

/// Reads whole and byte by byte; both must agree and keep the order.
seen_stream read(std::string_view bytes, const dialect& of = {}) {
  seen_stream whole = read_stream(bytes, 1U << 20U, of);
  const seen_stream cut = read_stream(bytes, 1, of);
  EXPECT_EQ(whole.order_fault, "");
  EXPECT_EQ(cut.order_fault, "");
  EXPECT_EQ(whole.got, cut.got);
  EXPECT_EQ(whole.failure.has_value(), cut.failure.has_value());
  EXPECT_EQ(whole.failures, whole.failure ? 1U : 0U);
  EXPECT_NE(whole.ended, whole.failure.has_value());
  return whole;
}

std::vector<part> parts_of(const std::vector<std::string>& choices) {
  const seen_stream seen = read(stream_of(choices));
  EXPECT_FALSE(seen.failure.has_value()) << seen.failure->message;
  return seen.got.choices.empty() ? std::vector<part>{} : seen.got.choices[0].parts;
}

error failure_of(std::string_view bytes) {
  const seen_stream seen = read(bytes);
  EXPECT_TRUE(seen.failure.has_value()) << bytes;
  return seen.failure.value_or(error{});
}

TEST(stream_read, text_and_usage) {
  const seen_stream seen = read(
      stream_of({delta(R"("role":"assistant","content":"")"), delta(R"("content":"Hel")"),
                 delta(R"("content":"lo")", R"("logprobs":{"content":[{"token":"lo","logprob":-1}]})"), k_end},
                false) +
      R"(data: {"id":"c1","choices":[],"usage":{"prompt_tokens":3,"completion_tokens":2}})" + "\n\ndata: [DONE]\n\n");
  ASSERT_TRUE(seen.ended);
  EXPECT_EQ(seen.got.id + seen.got.model, "c1m");
  EXPECT_EQ(seen.got.created_s, 7);
  EXPECT_EQ(seen.got.choices.at(0).parts, std::vector<part>{text_part{.text = "Hello"}});
  EXPECT_EQ(seen.got.choices.at(0).reason, finish::stop);
  EXPECT_EQ(seen.got.choices.at(0).logprobs.at(0).token, "lo");
  EXPECT_EQ(seen.got.usage, (cost::token_usage{.fresh_input = 3, .output = 2}));
}

TEST(stream_read, thinking_then_text_in_every_dialect) {
  const std::vector<part> expected{reasoning_part{.text = "hmm"}, text_part{.text = "a"}};
  EXPECT_EQ(parts_of({delta(R"("reasoning_content":"h")"), delta(R"("reasoning_content":"mm","content":"")"),
                      delta(R"("reasoning_content":null,"content":"a")"), k_end}),
            expected);
  EXPECT_EQ(parts_of({delta(R"("reasoning":"h")"), delta(R"("reasoning":"mm")"), delta(R"("content":"a")"), k_end}),
            expected);
  EXPECT_EQ(parts_of({delta(R"("reasoning":"h","reasoning_details":[{"type":"reasoning.text","text":"h","index":0}])"),
                      delta(R"("reasoning":"mm","reasoning_details":[{"type":"reasoning.text","text":"mm","index":0,
                            "format":null}])"),
                      delta(R"("content":"a")"), k_end}),
            expected);
  EXPECT_EQ(parts_of({delta(R"("content":[{"type":"thinking","thinking":[{"type":"text","text":"h"}]}])"),
                      delta(R"("content":[{"type":"thinking","thinking":[{"type":"text","text":"mm"}]}])"),
                      delta(R"("content":"a")"), k_end}),
            expected);
}

TEST(stream_read, signatures) {
  EXPECT_EQ(parts_of({delta(R"("reasoning_details":[{"type":"reasoning.text","text":"h","index":0}])"),
                      delta(R"("reasoning_details":[{"type":"reasoning.text","signature":"c2ln","index":0,
                            "format":"anthropic-claude-v1"}])"),
                      delta(R"("reasoning_details":[{"type":"reasoning.encrypted","data":"cmVk","index":1,
                            "format":"anthropic-claude-v1"}])"),
                      k_end}),
            (std::vector<part>{reasoning_part{.text = "h", .signature = "c2ln", .origin = protocol::anthropic},
                               reasoning_part{.redacted = "cmVk", .origin = protocol::anthropic}}));
  EXPECT_EQ(parts_of({delta(R"("content":"a","reasoning_details":[{"type":"reasoning.text","signature":"c2ln",
                            "format":"google-gemini-v1"}])"),
                      k_end}),
            (std::vector<part>{text_part{.text = "a", .citations = {}, .signature = "c2ln"}}));
  EXPECT_EQ(parts_of({delta(R"("reasoning_details":[{"type":"reasoning.encrypted","data":"c2ln","id":"lost",
                            "format":"google-gemini-v1"}])"),
                      delta(R"("content":"a")"), k_end}),
            (std::vector<part>{text_part{.text = "a"},
                               reasoning_part{.redacted = "c2ln", .id = "lost", .origin = protocol::gemini}}));
}

TEST(stream_read, calls_as_openai_sends_them) {
  const auto parts = parts_of(
      {delta(R"("content":null,"tool_calls":[{"index":0,"id":"a","type":"function","function":{"name":"f",
             "arguments":""}}])"),
       delta(R"("tool_calls":[{"index":0,"function":{"arguments":"{\"x\""}}])"),
       delta(R"("tool_calls":[{"index":0,"function":{"arguments":":1}"}}])"),
       delta(R"("tool_calls":[{"index":1,"id":"b","type":"function","function":{"name":"g","arguments":""}}])"),
       delta(R"("tool_calls":[{"index":2,"id":"c","type":"custom","custom":{"name":"h","input":"fr"}}])"),
       delta(R"("tool_calls":[{"index":2,"custom":{"input":"ee"}}])"), k_end});
  ASSERT_EQ(parts.size(), 3U);
  EXPECT_EQ(std::get<tool_call_part>(parts[0]).arguments, R"({"x":1})");
  EXPECT_EQ(std::get<tool_call_part>(parts[1]).arguments, "{}");
  EXPECT_EQ(std::get<tool_call_part>(parts[2]).arguments, "free");
  EXPECT_TRUE(std::get<tool_call_part>(parts[2]).custom);
}

TEST(stream_read, calls_of_other_hosts) {
  const auto names = [](const std::vector<std::string>& choices) {
    std::string all;
    for (const part& one : parts_of(choices)) {
      const auto& call = std::get<tool_call_part>(one);
      all += call.id + "=" + call.name + call.arguments + " ";
    }
    return all;
  };
  EXPECT_EQ(names({delta(R"("tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":"{}"}},
                         {"index":0,"id":"b","function":{"name":"g","arguments":"{}"}}])")}),
            "a=f{} b=g{} ")
      << "one index for all";
  EXPECT_EQ(names({delta(R"("tool_calls":[{"id":"","function":{"name":"f","arguments":"{}"}},
                         {"id":"","function":{"name":"f","arguments":"{\"x\":1}"}}])")}),
            R"(call_0=f{} call_1=f{"x":1} )")
      << "neither index nor id";
  EXPECT_EQ(names({delta(R"("tool_calls":[{"index":0,"id":"a","function":{"name":"f"}}])"),
                   delta(R"("tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":"{}"}}])"),
                   delta(R"("content":"","tool_calls":[{"index":0,"function":{"arguments":""}}])")}),
            "a=f{} ")
      << "id and name repeated";
  EXPECT_EQ(names({delta(R"("tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":{"x":1}}}])")}),
            R"(a=f{"x":1} )")
      << "an object";
  EXPECT_EQ(
      names({delta(R"("function_call":{"name":"f","arguments":""})"), delta(R"("function_call":{"arguments":"{}"})")}),
      "call_0=f{} ")
      << "of old";
}

TEST(stream_read, choices_side_by_side) {
  const seen_stream seen = read(stream_of({
      R"([{"index":1,"delta":{"content":"b"}},{"index":0,"delta":{"content":"a"}}])",
      R"([{"index":1,"delta":{"refusal":"no"},"finish_reason":"stop"}])",
      R"([{"index":0,"delta":{},"finish_reason":"length"}])",
  }));
  ASSERT_EQ(seen.got.choices.size(), 2U);
  EXPECT_EQ(seen.got.choices[0].reason, finish::length);
  EXPECT_EQ(seen.got.choices[1].parts.size(), 2U);
  EXPECT_EQ(seen.got.choices[1].reason, finish::refusal);
}

TEST(stream_read, what_is_no_chunk_is_passed_over) {
  const seen_stream seen = read(
      "\xEF\xBB\xBF: ping\n\nevent: ping\ndata: {\"type\":\"ping\"}\n\n" +
      std::string{R"(data: {"choices":[],"id":"","model":"","object":"","prompt_filter_results":[]})"} + "\n\n" +
      stream_of({delta(R"("content":"a")"), k_end}) + "data: {\"choices\":[{\"delta\":{\"content\":\"late\"}}]}\n\n");
  EXPECT_EQ(seen.got.id, "c1");
  EXPECT_EQ(seen.got.choices.at(0).parts, std::vector<part>{text_part{.text = "a"}});
}

TEST(stream_read, a_host_that_never_says_why_it_ended) {
  const seen_stream seen = read(stream_of({delta(R"("content":"a")")}));
  EXPECT_TRUE(seen.ended);
  EXPECT_EQ(seen.got.choices.at(0).reason, finish::stop);
}

TEST(stream_read, the_end_marker) {
  const std::string whole = stream_of({delta(R"("content":"a")"), k_end});
  EXPECT_TRUE(read(std::string_view{whole}.substr(0, whole.size() - 2)).ended) << "the last blank line may be missing";
  const std::string unmarked = stream_of({delta(R"("content":"a")"), k_end}, false);
  EXPECT_EQ(failure_of(unmarked).kind, error_kind::upstream_failed);
  EXPECT_TRUE(read(unmarked, {.done_marker = false}).ended);
  EXPECT_FALSE(read(stream_of({delta(R"("content":"a")")}, false), {.done_marker = false}).ended);
}

TEST(stream_read, every_truncation_fails_once) {
  const std::string whole = stream_of(
      {delta(R"("content":"a")"), delta(R"("tool_calls":[{"index":0,"id":"a","function":{"name":"f"}}])"), k_end});
  for (std::size_t size = 0; size + 3 < whole.size(); ++size) {
    const seen_stream seen = read_stream(std::string_view{whole}.substr(0, size), 7);
    EXPECT_EQ(seen.failures, 1U) << size;
    EXPECT_EQ(seen.order_fault, "") << size;
  }
}

TEST(stream_read, broken_streams) {
  const std::string late = stream_of({delta(R"("tool_calls":[{"index":0,"id":"a","function":{"name":"f"}}])"),
                                      delta(R"("tool_calls":[{"index":1,"id":"b","function":{"name":"g"}}])"),
                                      delta(R"("tool_calls":[{"index":0,"function":{"arguments":"{}"}}])")});
  for (const std::string& bytes :
       {late, std::string{"data: [DONE]\n\n"}, std::string{"data: nonsense\n\n"}, std::string{"data: [1]\n\n"},
        std::string{}, std::string{"<html>"}, stream_of({delta(R"("content":7)")}), stream_of({"7"}),
        stream_of({"[7]"}), stream_of({R"([{"index":128,"delta":{}}])"}),
        stream_of({delta(R"("tool_calls":[{"index":0,"function":{"arguments":"{}"}}])")}),
        std::string{"event: message_start\ndata: {\"type\":\"message_start\",\"message\":{}}\n\n"}}) {
    const error why = failure_of(bytes);
    EXPECT_EQ(why.kind, error_kind::upstream_failed) << bytes;
    EXPECT_EQ(why.source, error_source::upstream) << bytes;
  }
}

TEST(stream_read, an_event_beyond_the_bound) {
  const std::string bytes = stream_of({delta("\"content\":\"" + std::string(600, 'x') + "\"")});
  const seen_stream seen = read_stream(bytes, 64, {}, 256);
  ASSERT_TRUE(seen.failure.has_value());
  EXPECT_NE(seen.failure->message.find("256"), std::string::npos);
  EXPECT_EQ(seen.failures, 1U);
}

TEST(stream_read, errors_inside) {
  const error why = failure_of(stream_of({delta(R"("content":"half")")}, false) +
                               R"(data: {"error":{"code":429,"message":"slow"},"usage":{"prompt_tokens":1}})" + "\n\n");
  EXPECT_EQ(why.kind, error_kind::rate_limited);
  EXPECT_EQ(why.message, "slow");
  EXPECT_EQ(failure_of("data: {\"object\":\"error\",\"message\":\"bad\",\"code\":400}\n\n").kind,
            error_kind::invalid_request);
  EXPECT_EQ(failure_of("data: {\"error\":\"gone\"}\n\n").message, "gone");
}

} // namespace
} // namespace inferenceflow::codecs::openai_chat
