#include "codecs/openai_chat/tests/samples.h"

namespace inferenceflow::codecs::openai_chat {
namespace {

using dialogue::event_kind;

TEST(stream_write, read_back_it_is_the_same) {
  const dialogue::answer sent = rich_answer();
  const std::string bytes = write_stream(sent);
  for (const std::size_t cut : {std::size_t{1}, std::size_t{5}, bytes.size()}) {
    const seen_stream seen = read_stream(bytes, cut);
    EXPECT_EQ(seen.order_fault, "");
    EXPECT_TRUE(seen.ended);
    EXPECT_EQ(seen.got, sent);
  }
}

TEST(stream_write, is_what_the_official_clients_put_together) {
  dialogue::choice only;
  only.parts = {dialogue::text_part{.text = "Hi"},
                dialogue::tool_call_part{.id = "c", .name = "f", .arguments = R"({"x":1})"}};
  only.reason = dialogue::finish::tool_calls;
  const dialogue::answer sent{
      .id = "a", .model = "backend", .choices = {only}, .usage = cost::token_usage{.fresh_input = 3, .output = 4}};
  const std::string head = R"(data: {"id":"a","object":"chat.completion.chunk","created":9,"model":"asked",)";
  const auto line = [&](std::string_view delta) {
    return head + R"("choices":[{"index":0,"delta":)" + std::string{delta} + R"(,"finish_reason":null}]})" + "\n\n";
  };
  EXPECT_EQ(
      write_stream(sent, {.model = "asked", .usage = true, .created_s = 9}),
      line(R"({"role":"assistant","content":""})") + line(R"({"content":"Hi"})") +
          line(R"({"tool_calls":[{"index":0,"id":"c","type":"function","function":{"name":"f","arguments":""}}]})") +
          line(R"({"tool_calls":[{"index":0,"function":{"arguments":"{\"x\":1}"}}]})") + head +
          R"("choices":[{"index":0,"delta":{},"finish_reason":"tool_calls"}]})" + "\n\n" + head +
          R"("choices":[],"usage":{"prompt_tokens":3,"completion_tokens":4,"total_tokens":7,)"
          R"("prompt_tokens_details":{"cached_tokens":0},"completion_tokens_details":{"reasoning_tokens":0}}})" +
          "\n\ndata: [DONE]\n\n");
}

TEST(stream_write, usage_only_where_it_is_wanted) {
  const std::string bytes = write_stream(rich_answer(), {.model = {}, .usage = false, .created_s = 0});
  EXPECT_EQ(bytes.find("prompt_tokens"), std::string::npos);
  EXPECT_NE(bytes.find("[DONE]"), std::string::npos);
}

TEST(stream_write, a_call_without_arguments_takes_none) {
  dialogue::choice only;
  only.parts = {dialogue::tool_call_part{.id = "c", .name = "f", .arguments = ""}};
  EXPECT_NE(write_stream({.choices = {only}}).find(R"("arguments":"{}")"), std::string::npos);
}

TEST(stream_write, a_failure_is_the_last_event) {
  const auto writer = codec{}.make_writer({});
  std::string bytes;
  const error why = make_error(error_kind::upstream_failed, "broke");
  writer->write({.kind = event_kind::begin, .id = "a"}, bytes);
  const std::size_t begun = bytes.size();
  writer->write({.kind = event_kind::failure, .why = &why}, bytes);
  EXPECT_EQ(bytes.substr(begun), "data: {\"error\":{\"message\":\"broke\",\"type\":\"server_error\",\"param\":null,"
                                 "\"code\":\"upstream_failed\"}}\n\n");
  const std::size_t failed = bytes.size();
  writer->write({.kind = event_kind::end}, bytes);
  EXPECT_EQ(bytes.size(), failed);
}

TEST(stream_write, names_what_it_cannot_carry) {
  const auto writer = codec{}.make_writer({});
  std::string bytes;
  const dialogue::citation source{.quote = "q", .source_index = 1};
  writer->write({.kind = event_kind::begin}, bytes);
  writer->write({.kind = event_kind::part_begin}, bytes);
  writer->write({.kind = event_kind::cited, .source = &source}, bytes);
  writer->write({.kind = event_kind::cited, .source = &source}, bytes);
  writer->write({.kind = event_kind::part_end}, bytes);
  writer->write({.kind = event_kind::part_begin,
                 .part = 1,
                 .opened = dialogue::part_kind::opaque,
                 .text = "{}",
                 .name = "server_tool_use",
                 .origin = dialogue::protocol::anthropic},
                bytes);
  EXPECT_EQ(writer->losses(), (std::vector<std::string>{"citations", "block server_tool_use"}));
}

} // namespace
} // namespace inferenceflow::codecs::openai_chat
