#include "prompt_cache/body_edit.h"
#include "prompt_cache/prompt_layout.h"

#include <gtest/gtest.h>
#include <string>

namespace inferenceflow::prompt_cache {
namespace {

using dialogue::cache_life;
using dialogue::protocol;

constexpr std::string_view k_anthropic =
    R"({"messages":[{"content":"Hello","role":"user"},{"role":"assistant","content":[{"type":"thinking","thinking":"t"},)"
    R"({"type":"text","text":"Hi"}]}],"system":[{"type":"text","text":"Be brief.","cache_control":{"type":"ephemeral",)"
    R"("ttl":"1h"}}, {"type":"text","text":""}],"model":"m","tools":[{"name":"f","input_schema":{}}]})";

std::string_view text_of(const block& of, std::string_view body) {
  return body.substr(of.whole.begin, of.whole.end - of.whole.begin);
}

std::vector<boundary> boundaries(protocol speaks, std::string_view body, std::uint64_t scope = 1) {
  layout_reader reader;
  const prompt_layout* found = reader.read(speaks, body);
  std::vector<boundary> all;
  std::vector<std::size_t> where;
  if (found != nullptr) {
    boundaries_of(*found, body, scope, 1, all, where);
  }
  return all;
}

TEST(prompt_layout_test, finds_blocks_in_the_order_tools_system_history) {
  layout_reader reader;
  const prompt_layout* found = reader.read(protocol::anthropic, k_anthropic);
  ASSERT_NE(found, nullptr);
  ASSERT_EQ(found->blocks.size(), 6U);
  const auto& blocks = found->blocks;
  EXPECT_EQ(text_of(blocks[0], k_anthropic), R"({"name":"f","input_schema":{}})");
  EXPECT_EQ(blocks[1].client_mark, cache_life::hour_1);
  EXPECT_FALSE(blocks[2].markable) << "an empty text cannot be marked";
  EXPECT_EQ(text_of(blocks[3], k_anthropic), R"("Hello")");
  EXPECT_TRUE(blocks[3].plain_text);
  EXPECT_EQ(blocks[3].speaker, "user");
  EXPECT_FALSE(blocks[4].markable) << "thinking cannot be marked";
  EXPECT_EQ(blocks[5].speaker, "assistant");
  EXPECT_FALSE(found->automatic);
}

TEST(prompt_layout_test, reads_bedrocks_cache_points_as_marks) {
  constexpr std::string_view body =
      R"({"toolConfig":{"tools":[{"toolSpec":{"name":"f"}},{"cachePoint":{"type":"default","ttl":"1h"}}]},)"
      R"("system":[{"text":"Be brief."}],"messages":[{"role":"user","content":[{"text":"Hello"},)"
      R"({"cachePoint":{"type":"default"}},{"image":{"format":"png","source":{"bytes":"AAAA"}}}]},)"
      R"({"role":"assistant","content":[{"reasoningContent":{"reasoningText":{"text":"t"}}}]}]})";
  layout_reader reader;
  const prompt_layout* found = reader.read(protocol::bedrock, body);
  ASSERT_NE(found, nullptr);
  ASSERT_EQ(found->blocks.size(), 5U);
  EXPECT_EQ(found->blocks[0].client_mark, cache_life::hour_1);
  EXPECT_EQ(found->blocks[2].client_mark, cache_life::minutes_5);
  EXPECT_EQ(found->blocks[3].client_mark, std::nullopt);
  EXPECT_FALSE(found->blocks[4].markable);
}

TEST(prompt_layout_test, openai_instructions_that_lead_are_the_system_prompt) {
  constexpr std::string_view body =
      R"({"messages":[{"role":"system","content":"a"},{"role":"developer","content":"b"},{"role":"user","content":"c"},)"
      R"({"role":"system","content":"d"}],"prompt_cache_key":"mine","tools":[{"type":"function"}]})";
  layout_reader reader;
  const prompt_layout* found = reader.read(protocol::openai_chat, body);
  ASSERT_NE(found, nullptr);
  std::vector<section> parts;
  for (const block& each : found->blocks) {
    parts.push_back(each.part);
  }
  EXPECT_EQ(parts, (std::vector{section::tools, section::system, section::system, section::history, section::history}));
  EXPECT_TRUE(found->has_cache_key);
  const prompt_layout* response =
      reader.read(protocol::openai_responses, R"({"instructions":"a","input":[{"role":"user"}],"model":"m"})");
  ASSERT_NE(response, nullptr);
  EXPECT_EQ(response->blocks.size(), 2U);
  EXPECT_FALSE(response->has_cache_key);
}

TEST(prompt_layout_test, what_is_no_request_has_no_layout) {
  layout_reader reader;
  for (const char* body : {"", "[]", "{", R"({"messages":[{"role":"user","content":"x"})", "\xff",
                           R"({"messages":[{"content":[{"type":"text","text":"\ud800"}]}]} x)"}) {
    EXPECT_EQ(reader.read(protocol::anthropic, body), nullptr) << body;
  }
  EXPECT_EQ(reader.read(protocol::gemini, "{}"), nullptr);
  // Odd, but JSON: the backend says what is wrong with it, and nothing is placed.
  for (const char* body : {"{}", R"({"messages":7,"system":null,"tools":{}})", R"({"messages":[1,"a",null,{}]})",
                           R"({"messages":[{"content":[1,[],{}]}],"cache_control":7})"}) {
    const prompt_layout* found = reader.read(protocol::anthropic, body);
    ASSERT_NE(found, nullptr) << body;
    for (const block& each : found->blocks) {
      EXPECT_FALSE(each.markable) << body;
    }
  }
}

TEST(prompt_layout_test, a_body_of_too_many_blocks_is_left_alone) {
  std::string body = R"({"messages":[{"role":"user","content":[)";
  for (std::size_t i = 0; i < k_blocks_max; ++i) {
    body += R"({"type":"text","text":"a"},)";
  }
  layout_reader reader;
  EXPECT_NE(reader.read(protocol::anthropic, body.substr(0, body.size() - 1) + "]}]}"), nullptr);
  EXPECT_EQ(reader.read(protocol::anthropic, body + R"({"type":"text","text":"a"}]}]})"), nullptr);
  EXPECT_LE(boundaries(protocol::anthropic, body.substr(0, body.size() - 1) + "]}]}").size(), k_boundaries_max);
}

TEST(prompt_layout_test, a_history_that_goes_on_begins_with_the_same_hashes) {
  const auto first = boundaries(protocol::anthropic, R"({"system":"s","messages":[{"role":"user","content":"a"}]})");
  const auto second = boundaries(
      protocol::anthropic,
      R"({"messages":[{"content":"a","role":"user"},{"role":"assistant","content":"b"}],"system":"s","stream":true})");
  ASSERT_EQ(first.size(), 2U);
  ASSERT_EQ(second.size(), 3U);
  EXPECT_EQ(first[0].hash, second[0].hash);
  EXPECT_EQ(first[1].hash, second[1].hash);
  EXPECT_GT(second[2].tokens, second[1].tokens);
  EXPECT_NE(first[0].hash, boundaries(protocol::anthropic, R"({"system":"s"})", 2)[0].hash) << "of another scope";
}

TEST(prompt_layout_test, marks_of_the_client_and_spelling_of_text_do_not_change_a_hash) {
  const auto plain = boundaries(protocol::anthropic, R"({"messages":[{"role":"user","content":"a"}]})");
  for (const char* body :
       {R"({"messages":[{"role":"user","content":[{"type":"text","text":"a"}]}]})",
        R"({"messages":[{"role":"user","content":[{"type":"text","text":"a","cache_control":{"type":"ephemeral"}}]}]})",
        R"({"messages":[{"role":"user","content":[{"cache_control":{"type":"ephemeral"},"type":"text","text":"a"}]}]})",
        R"({"messages":[{"role":"user","content":[{"type":"text", "cache_control" : {"ttl":"5m"},"text":"a"}]}]})"}) {
    EXPECT_EQ(boundaries(protocol::anthropic, body).at(0).hash, plain.at(0).hash) << body;
  }
  for (const char* body :
       {R"({"messages":[{"role":"assistant","content":"a"}]})", R"({"messages":[{"role":"user","content":"b"}]})",
        R"({"system":"a"})", R"({"messages":[{"role":"user","content":"a"}],"tool_choice":{"type":"any"}})",
        R"({"messages":[{"role":"user","content":"a"}],"thinking":{"type":"adaptive"}})"}) {
    EXPECT_NE(boundaries(protocol::anthropic, body).at(0).hash, plain.at(0).hash) << body;
  }
}

TEST(body_edit_test, puts_marks_where_they_belong_and_changes_nothing_else) {
  layout_reader reader;
  const prompt_layout* found = reader.read(protocol::anthropic, k_anthropic);
  ASSERT_NE(found, nullptr);
  const std::vector<block_mark> marks{{.block = 0, .life = cache_life::hour_1}, {.block = 3}, {.block = 5}};
  std::string edited = with_marks(protocol::anthropic, k_anthropic, *found, marks);
  for (const auto& [piece, times] :
       {std::pair{R"(,"cache_control":{"type":"ephemeral","ttl":"1h"}})", 2},
        std::pair{R"([{"type":"text","text":"Hello","cache_control":{"type":"ephemeral"}}])", 1},
        std::pair{R"({"type":"text","text":"Hi","cache_control":{"type":"ephemeral"}})", 1}}) {
    std::size_t count = 0;
    for (auto at = edited.find(piece); at != std::string::npos; at = edited.find(piece, at + 1)) {
      ++count;
    }
    EXPECT_EQ(count, static_cast<std::size_t>(times)) << piece << "\n" << edited;
  }
  EXPECT_NE(reader.read(protocol::anthropic, edited), nullptr) << "still JSON";
}

TEST(body_edit_test, bedrock_gets_points_of_their_own) {
  constexpr std::string_view body =
      R"({"system":[{"text":"s"} ],"messages":[{"role":"user","content":[{"text":"a"}]}]})";
  layout_reader reader;
  const prompt_layout* found = reader.read(protocol::bedrock, body);
  ASSERT_NE(found, nullptr);
  const std::vector<block_mark> marks{{.block = 0, .life = cache_life::hour_1}, {.block = 1}};
  EXPECT_EQ(with_marks(protocol::bedrock, body, *found, marks),
            R"({"system":[{"text":"s"},{"cachePoint":{"type":"default","ttl":"1h"}} ],"messages":[{"role":"user",)"
            R"("content":[{"text":"a"},{"cachePoint":{"type":"default"}}]}]})");
}

TEST(body_edit_test, a_key_goes_last_and_tells_nothing) {
  constexpr std::string_view body = "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"}\"}]} \n";
  layout_reader reader;
  const prompt_layout* found = reader.read(protocol::openai_chat, body);
  ASSERT_NE(found, nullptr);
  EXPECT_EQ(with_cache_key(body, *found, "k"),
            "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"}\"}],\"prompt_cache_key\":\"k\"} \n");
  // The same on every machine: clients of several gateways share a cache.
  EXPECT_EQ(cache_key_of("openai", 1), "d9287e9b1f585c87be7ad9a69d73ca21");
  EXPECT_NE(cache_key_of("openai", 1), cache_key_of("openai", 2));
  EXPECT_NE(cache_key_of("openai", 1), cache_key_of("azure", 1));
}

} // namespace
} // namespace inferenceflow::prompt_cache
