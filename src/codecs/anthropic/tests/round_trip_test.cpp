#include "codecs/anthropic/codec.h"
#include "dialogue/assembly.h"
#include "dialogue/order_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <string>

namespace inferenceflow::codecs::anthropic {
namespace {

using dialogue::protocol;
using dialogue::role;
using testing::IsEmpty;

/// Everything that the protocol and the superset both have.
dialogue::request rich_request() {
  dialogue::request asked;
  asked.model = "claude-opus-4-6";
  asked.messages = {
      {.who = role::system,
       .parts = {dialogue::text_part{.text = "Be brief.", .cache_mark = dialogue::cache_life::hour_1}}},
      {.who = role::user,
       .parts = {dialogue::text_part{.text = "Look: \"ü\"\n"},
                 dialogue::media_part{.media_type = "image/png", .data_base64 = "AAAA"},
                 dialogue::media_part{.kind = dialogue::media_kind::document, .url = "https://example.com/a.pdf"}}},
      {.who = role::assistant,
       .parts = {dialogue::reasoning_part{.text = "hm", .signature = "c2ln", .origin = protocol::anthropic},
                 dialogue::reasoning_part{.redacted = "ZW5j", .origin = protocol::anthropic},
                 dialogue::tool_call_part{.id = "t1", .name = "add", .arguments = R"({"a":1})"},
                 dialogue::opaque_part{.origin = protocol::anthropic,
                                       .type = "server_tool_use",
                                       .json = R"({"type":"server_tool_use","id":"s","name":"n","input":{}})"}}},
      {.who = role::tool,
       .parts = {dialogue::tool_result_part{.call_id = "t1",
                                            .content = {dialogue::text_part{.text = "2"}},
                                            .failed = true,
                                            .cache_mark = dialogue::cache_life::minutes_5}}},
      {.who = role::user, .parts = {dialogue::text_part{.text = "Go on"}}},
  };
  asked.tools = {{.name = "add", .description = "adds", .parameters = R"({"type":"object"})", .strict = false},
                 {.name = "web_search",
                  .opaque = R"({"type":"web_search_20250305","name":"web_search"})",
                  .origin = protocol::anthropic}};
  asked.choice = {.mode = dialogue::tool_mode::automatic, .parallel = false};
  asked.format = {.kind = dialogue::format_kind::json_schema, .schema = R"({"type":"object"})"};
  asked.stop = {"END"};
  asked.sample = {.temperature = 0.7, .top_p = 0.95, .top_k = 3};
  asked.tokens_max = 9000;
  asked.stream = true;
  asked.reasoning = {.level = dialogue::effort::extra_high, .budget_tokens = 2048, .shown = true};
  asked.user = "u1";
  asked.service_tier = "standard_only";
  asked.extras = {{.name = "tools[0].defer_loading", .json = "true"},
                  {.name = "output_config.effort", .json = R"("max")"},
                  {.name = "container", .json = R"("c1")", .essential = true}};
  return asked;
}

TEST(round_trip, a_request_comes_back_as_it_was) {
  const codec both;
  const auto asked = rich_request();
  const auto made = both.write_request(asked, asked.model);
  ASSERT_TRUE(made.has_value()) << made.error().message;
  EXPECT_THAT(made->losses, IsEmpty());
  const auto again = both.read_request(made->body, {.path = made->path});
  ASSERT_TRUE(again.has_value()) << again.error().message;
  EXPECT_EQ(*again, asked);
}

dialogue::answer rich_answer() {
  dialogue::choice only;
  only.parts = {
      dialogue::reasoning_part{.text = "hm", .signature = "c2ln", .origin = protocol::anthropic},
      dialogue::reasoning_part{.redacted = "ZW5j", .origin = protocol::anthropic},
      dialogue::reasoning_part{.text = "an unsigned thought"},
      dialogue::text_part{
          .text = "Hello \"you\"\n\xF0\x9F\x98\x80",
          .citations = {{.quote = "Hell",
                         .title = "T",
                         .url = "https://example.com",
                         .opaque = R"({"type":"web_search_result_location","cited_text":"Hell",)"
                                   R"("encrypted_index":"x","title":"T","url":"https://example.com"})"}}},
      dialogue::text_part{},
      dialogue::opaque_part{.origin = protocol::anthropic,
                            .type = "server_tool_use",
                            .json = R"({"type":"server_tool_use","id":"s","name":"n","input":{"q":1}})"},
      dialogue::tool_call_part{.id = "t1", .name = "add", .arguments = R"({"a":1})"},
      dialogue::tool_call_part{.id = "t2", .name = "now", .arguments = "{}"},
  };
  only.reason = dialogue::finish::tool_calls;
  return {.id = "msg_1",
          .model = "claude-opus-4-8",
          .choices = {only},
          .usage =
              cost::token_usage{.fresh_input = 3, .cached_input = 5, .cache_write = 7, .output = 11, .reasoning = 13},
          .service_tier = "standard"};
}

dialogue::answer refused_answer() {
  dialogue::choice only;
  only.parts = {dialogue::text_part{.text = "Well"}, dialogue::refusal_part{.text = "No."}};
  only.reason = dialogue::finish::refusal;
  return {.id = "msg_2", .model = "m", .choices = {only}, .usage = cost::token_usage{.output = 1}};
}

dialogue::answer stopped_answer() {
  dialogue::choice only;
  only.parts = {dialogue::text_part{.text = "1, 2"}};
  only.reason = dialogue::finish::stop_sequence;
  only.stop_sequence = "END";
  return {.id = "msg_3", .model = "m", .choices = {only}, .usage = cost::token_usage{.output = 1}};
}

TEST(round_trip, a_document_comes_back_as_it_was) {
  const codec both;
  for (const auto& sent : {rich_answer(), refused_answer(), stopped_answer()}) {
    const auto made = both.write_answer(sent, {.model = sent.model});
    EXPECT_THAT(made.losses, IsEmpty());
    const auto again = both.read_answer(made.body);
    ASSERT_TRUE(again.has_value()) << again.error().message;
    EXPECT_EQ(*again, sent);
  }
}

TEST(round_trip, a_stream_comes_back_as_it_was) {
  const codec both;
  for (auto sent : {rich_answer(), refused_answer(), stopped_answer()}) {
    sent.service_tier.clear(); // no event carries it
    const auto writer = both.make_writer({.model = sent.model});
    std::string bytes;
    dialogue::replay(sent, [&](const dialogue::event& happened) { writer->write(happened, bytes); });
    EXPECT_THAT(writer->losses(), IsEmpty());
    for (const std::size_t piece : {std::size_t{1}, std::size_t{13}, bytes.size()}) {
      const auto reader = both.make_reader(1U << 20U);
      dialogue::assembly whole;
      dialogue::order_check order;
      const auto take = [&](const dialogue::event& happened) {
        order.take(happened);
        whole.take(happened);
      };
      for (std::size_t at = 0; at < bytes.size(); at += piece) {
        reader->push(std::string_view{bytes}.substr(at, piece), take);
      }
      reader->finish(take);
      EXPECT_EQ(order.fault(), "");
      EXPECT_TRUE(whole.ended());
      EXPECT_EQ(whole.so_far(), sent);
    }
  }
}

} // namespace
} // namespace inferenceflow::codecs::anthropic
