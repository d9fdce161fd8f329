#include "codecs/bedrock/codec.h"

#include <gtest/gtest.h>

namespace {

using namespace inferenceflow;
using namespace inferenceflow::dialogue;

constexpr std::string_view k_claude = "us.anthropic.claude-sonnet-4-5-20250929-v1:0";

written_request write(const request& asked, std::string_view model = k_claude) {
  auto written = codecs::bedrock::codec{}.write_request(asked, model);
  if (!written) {
    ADD_FAILURE() << written.error().message;
    return {};
  }
  return *written;
}

std::string fault_of(const request& asked, std::string_view model = k_claude) {
  const auto written = codecs::bedrock::codec{}.write_request(asked, model);
  return written ? "none" : written.error().param;
}

request one_turn(std::vector<part> parts, role who = role::user) {
  request asked;
  asked.messages.push_back({.who = who, .parts = std::move(parts)});
  return asked;
}

using names = std::vector<std::string>;

TEST(bedrock_request_write, path_and_minimal_body) {
  request asked = one_turn({text_part{.text = "hi \"you\""}});
  EXPECT_EQ(write(asked).path, "/model/us.anthropic.claude-sonnet-4-5-20250929-v1%3A0/converse");
  EXPECT_EQ(write(asked).body, R"({"messages":[{"role":"user","content":[{"text":"hi \"you\""}]}]})");
  asked.stream = true;
  EXPECT_EQ(write(asked, "arn:aws:bedrock:us-east-1:1:inference-profile/x").path,
            "/model/arn%3Aaws%3Abedrock%3Aus-east-1%3A1%3Ainference-profile%2Fx/converse-stream");
}

TEST(bedrock_request_write, temperature_above_the_range_is_moved_to_its_edge) {
  request asked = one_turn({text_part{.text = "hi"}});
  asked.sample.temperature = 1.5;
  EXPECT_NE(write(asked).body.find(R"("temperature":1)"), std::string::npos);
  EXPECT_EQ(write(asked).body.find("1.5"), std::string::npos);
  EXPECT_EQ(write(asked).losses, names{"sample.temperature"});
}

TEST(bedrock_request_write, ids_are_respelt_at_both_ends) {
  request asked = one_turn({text_part{.text = "hi"}});
  asked.tools = {{.name = "f"}};
  const std::string long_id(100, 'x');
  for (const std::string& id : {std::string{"functions.f:0/=\""}, long_id + "1", long_id + "2"}) {
    asked.messages.push_back({.who = role::assistant, .parts = {tool_call_part{.id = id, .name = "f"}}});
    asked.messages.push_back({.who = role::tool, .parts = {tool_result_part{.call_id = id}}});
  }
  const std::string body = write(asked).body;
  std::vector<std::string> ids;
  constexpr std::string_view k_before = R"("toolUseId":")";
  for (std::size_t at = body.find(k_before); at != std::string::npos; at = body.find(k_before, at + 1)) {
    const std::size_t begin = at + k_before.size();
    ids.push_back(body.substr(begin, body.find('"', begin) - begin));
  }
  ASSERT_EQ(ids.size(), 6U);
  EXPECT_EQ(ids[0], "functions.f:0___");
  for (std::size_t i = 0; i < ids.size(); i += 2) {
    EXPECT_EQ(ids[i], ids[i + 1]);
    EXPECT_LE(ids[i].size(), 64U);
  }
  EXPECT_NE(ids[2], ids[4]);
}

TEST(bedrock_request_write, calls_of_tools_that_are_not_defined_are_refused) {
  request asked = one_turn({text_part{.text = "hi"}});
  asked.messages.push_back({.who = role::assistant, .parts = {tool_call_part{.id = "a", .name = "f"}}});
  asked.messages.push_back({.who = role::tool, .parts = {tool_result_part{.call_id = "a"}}});
  EXPECT_EQ(fault_of(asked), "tools");
}

// One request with everything that the protocol and the superset both have.
constexpr std::string_view k_whole =
    R"({"toolConfig":{"tools":[{"toolSpec":{"name":"f","description":"d","inputSchema":{"json":{"type":"object"}},)"
    R"("strict":true}},{"cachePoint":{"type":"default","ttl":"1h"}},{"systemTool":{"name":"web"}}],)"
    R"("toolChoice":{"any":{}}},"system":[{"text":"s"},{"cachePoint":{"type":"default"}},)"
    R"({"guardContent":{"text":{"text":"g"}}}],"messages":[)"
    R"({"role":"user","content":[{"image":{"format":"png","source":{"bytes":"AAAA"}}},{"document":{"format":"pdf",)"
    R"("name":"Doc [1]","source":{"bytes":"BBBB"},"context":"c","citations":{"enabled":true}}},)"
    R"({"video":{"format":"mp4","source":{"s3Location":{"uri":"s3://b/v.mp4"}}}},{"text":"look"}]},)"
    R"({"role":"assistant","content":[{"reasoningContent":{"reasoningText":{"text":"t","signature":"c2ln"}}},)"
    R"({"reasoningContent":{"redactedContent":"YWJj"}},{"citationsContent":{"content":[{"text":"cited"}],)"
    R"("citations":[{"title":"T","sourceContent":[{"text":"q"}]}]}},)"
    R"({"toolUse":{"toolUseId":"t1","name":"f","input":{"a":1}}},{"toolUse":{"toolUseId":"t2","name":"f","input":{}}}]},)"
    R"({"role":"user","content":[{"toolResult":{"toolUseId":"t1","content":[{"json":{"b":2}},{"text":"x"},)"
    R"({"image":{"format":"gif","source":{"bytes":"CCCC"}}}]}},{"toolResult":{"toolUseId":"t2","content":[)"
    R"({"text":"bad"}],"status":"error"}},{"cachePoint":{"type":"default"}},{"text":"and now?"}]}],)"
    R"("inferenceConfig":{"maxTokens":4096,"temperature":0.25,"topP":0.9,"stopSequences":["a","b"]},)"
    R"("outputConfig":{"textFormat":{"type":"json_schema","structure":{"jsonSchema":{"schema":"{\"type\":\"object\"}",)"
    R"("name":"n","description":"d"}}}},"serviceTier":{"type":"priority"},)"
    R"("additionalModelRequestFields":{"top_k":5,"thinking":{"type":"enabled","budget_tokens":2000},)"
    R"("anthropic_beta":["x"]},"guardrailConfig":{"guardrailIdentifier":"g","guardrailVersion":"1"},)"
    R"("requestMetadata":{"k":"v"},"performanceConfig":{"latency":"standard"}})";

TEST(bedrock_request_write, what_was_read_is_written_again) {
  const codecs::bedrock::codec codec;
  const std::string path = "/model/us.anthropic.claude-sonnet-4-5-20250929-v1%3A0/converse-stream";
  const auto asked = codec.read_request(k_whole, {.path = path, .query = {}});
  ASSERT_TRUE(asked) << asked.error().message;
  const written_request written = write(*asked);
  EXPECT_EQ(written.body, k_whole);
  EXPECT_EQ(written.path, path);
  EXPECT_EQ(written.losses, names{});
  const auto again = codec.read_request(written.body, {.path = written.path, .query = {}});
  ASSERT_TRUE(again);
  EXPECT_TRUE(*again == *asked);
}

TEST(bedrock_request_write, neighbours_of_one_role_share_a_turn) {
  request asked;
  asked.messages = {{.who = role::system, .parts = {text_part{.text = "s1"}}},
                    {.who = role::user, .parts = {text_part{.text = "a"}}},
                    {.who = role::user, .parts = {text_part{.text = "b"}}, .name = "bob"},
                    {.who = role::assistant, .parts = {text_part{.text = ""}}},
                    {.who = role::system, .parts = {text_part{.text = "s2"}}},
                    {.who = role::user, .parts = {text_part{.text = "c"}}}};
  const auto written = write(asked);
  EXPECT_EQ(written.body,
            R"({"system":[{"text":"s1"},{"text":"s2"}],"messages":[{"role":"user","content":[{"text":"a"},)"
            R"({"text":"b"},{"text":"c"}]}]})");
  EXPECT_EQ(written.losses, (names{"messages[4].who", "messages[2].name"}));
}

TEST(bedrock_request_write, what_only_tunes_is_dropped_and_named) {
  request asked = one_turn({text_part{.text = "x", .signature = "g"}});
  asked.sample = {.min_p = 0.1,
                  .top_k = 3,
                  .presence_penalty = 1.0,
                  .frequency_penalty = 1.0,
                  .repetition_penalty = 1.0,
                  .seed = 7,
                  .logit_bias = "{}"};
  asked.user = "u";
  asked.service_tier = "auto";
  asked.cache_key = "k";
  asked.tools = {{.name = "f"}};
  asked.choice.parallel = false;
  asked.extras = {{.name = "store", .json = "true", .essential = false}};
  EXPECT_EQ(write(asked, "meta.llama3-8b-instruct-v1:0").losses,
            (names{"choice.parallel", "messages[0].parts[0].signature", "service_tier", "top_k", "store", "min_p",
                   "presence_penalty", "frequency_penalty", "repetition_penalty", "seed", "logit_bias", "user",
                   "cache_key"}));
}

TEST(bedrock_request_write, what_changes_the_question_is_refused) {
  request several = one_turn({text_part{.text = "x"}});
  several.answers = 2;
  EXPECT_EQ(fault_of(several), "answers");
  request probable = one_turn({text_part{.text = "x"}});
  probable.logprobs = true;
  EXPECT_EQ(fault_of(probable), "logprobs");
  request json = one_turn({text_part{.text = "x"}});
  json.format.kind = format_kind::json;
  EXPECT_EQ(fault_of(json), "format");
  json.format.kind = format_kind::json_schema;
  EXPECT_EQ(fault_of(json), "format.schema");
  request extra = one_turn({text_part{.text = "x"}});
  extra.extras = {{.name = "web_search_options", .json = "{}", .essential = true}};
  EXPECT_EQ(fault_of(extra), "web_search_options");
  request own_tool = one_turn({text_part{.text = "x"}});
  own_tool.tools = {{.name = "web", .opaque = "{}", .origin = protocol::openai_responses}};
  EXPECT_EQ(fault_of(own_tool), "tools[0]");
  request bad_schema = one_turn({text_part{.text = "x"}});
  bad_schema.tools = {{.name = "f", .parameters = "[]"}};
  EXPECT_EQ(fault_of(bad_schema), "tools[0].parameters");
  request forced = one_turn({text_part{.text = "x"}});
  forced.choice.mode = tool_mode::required;
  EXPECT_EQ(fault_of(forced), "choice");
}

TEST(bedrock_request_write, parts_that_cannot_be_carried) {
  const text_part before{.text = "x"};
  EXPECT_EQ(fault_of(one_turn({before, media_part{.media_type = "image/png", .url = "https://x/y.png"}})),
            "messages[0].parts[1].url");
  EXPECT_EQ(fault_of(one_turn({before, media_part{.media_type = "image/png", .file_id = "f"}})),
            "messages[0].parts[1].file_id");
  EXPECT_EQ(fault_of(one_turn({media_part{.media_type = "image/tiff", .data_base64 = "AA=="}})),
            "messages[0].parts[0].media_type");
  EXPECT_EQ(fault_of(one_turn({media_part{.media_type = "image/png", .text = "x"}})), "messages[0].parts[0].text");
  EXPECT_EQ(fault_of(one_turn({tool_call_part{.id = "i", .name = "f", .arguments = "{\"a\":"}}, role::assistant)),
            "messages[0].parts[0].arguments");
  EXPECT_EQ(
      fault_of(one_turn({tool_call_part{.id = "i", .name = "f", .arguments = "x", .custom = true}}, role::assistant)),
      "messages[0].parts[0]");
  EXPECT_EQ(fault_of(one_turn({opaque_part{.origin = protocol::anthropic, .type = "web", .json = "{}"}})),
            "messages[0].parts[0]");
  EXPECT_EQ(fault_of(one_turn({media_part{.media_type = "image/png", .data_base64 = "AA=="}}, role::system)),
            "messages[0].parts[0]");
  tool_result_part heard{.call_id = "i"};
  heard.content.emplace_back(media_part{.kind = media_kind::audio, .media_type = "audio/wav", .data_base64 = "AA=="});
  EXPECT_EQ(fault_of(one_turn({heard}, role::tool)), "messages[0].parts[0].content");
}

TEST(bedrock_request_write, forbidden_tools_are_left_out) {
  request asked = one_turn({text_part{.text = "x"}});
  asked.tools = {{.name = "f"}};
  asked.choice.mode = tool_mode::forbidden;
  EXPECT_EQ(write(asked).body.find("toolConfig"), std::string::npos);
  EXPECT_EQ(write(asked).losses, names{"tools"});
  asked.messages.push_back({.who = role::assistant, .parts = {tool_call_part{.id = "i", .name = "f"}}});
  EXPECT_EQ(fault_of(asked), "choice");
}

TEST(bedrock_request_write, tools_without_parameters_take_an_empty_object) {
  request asked = one_turn({text_part{.text = "x"}});
  asked.tools = {{.name = "f"}};
  EXPECT_NE(
      write(asked).body.find(R"({"toolSpec":{"name":"f","inputSchema":{"json":{"type":"object","properties":{}}}}})"),
      std::string::npos);
}

TEST(bedrock_request_write, documents_get_names_that_are_taken) {
  const media_part named{.kind = media_kind::document,
                         .media_type = "text/plain; charset=utf-8",
                         .data_base64 = "AA==",
                         .name = "a_b.txt"};
  const media_part unnamed{.kind = media_kind::document, .text = "plain"};
  const auto written = write(one_turn({named, named, unnamed}));
  EXPECT_NE(written.body.find(R"("format":"txt","name":"a-b-txt")"), std::string::npos) << written.body;
  EXPECT_NE(written.body.find(R"("name":"a-b-txt-2")"), std::string::npos);
  EXPECT_NE(written.body.find(R"("name":"document-3","source":{"text":"plain"})"), std::string::npos);
  EXPECT_EQ(written.losses, (names{"messages[0].parts[0].name", "messages[0].parts[1].name"}));
}

TEST(bedrock_request_write, reasoning_of_others_is_dropped) {
  const auto other =
      one_turn({reasoning_part{.text = "t", .signature = "s", .origin = protocol::gemini}, text_part{.text = "a"}},
               role::assistant);
  EXPECT_EQ(write(other).body, R"({"messages":[{"role":"assistant","content":[{"text":"a"}]}]})");
  EXPECT_EQ(write(other).losses, names{"messages[0].parts[0]"});
  const auto nobodys = one_turn({reasoning_part{.text = "t"}}, role::assistant);
  EXPECT_EQ(write(nobodys).losses, names{"messages[0].parts[0]"});
  EXPECT_EQ(write(nobodys, "openai.gpt-oss-120b-1:0").losses, names{});
}

TEST(bedrock_request_write, foreign_citations_are_dropped_and_refusals_are_text) {
  text_part words{.text = "a"};
  words.citations.push_back({.url = "https://x"});
  const auto written = write(one_turn({words, refusal_part{.text = "no"}}, role::assistant));
  EXPECT_EQ(written.body, R"({"messages":[{"role":"assistant","content":[{"text":"a"},{"text":"no"}]}]})");
  EXPECT_EQ(written.losses, names{"messages[0].parts[0].citations"});
}

struct reasoning_case {
  std::string_view model;
  reasoning_wish wish;
  std::string_view fields;
  names losses;
};

TEST(bedrock_request_write, reasoning_is_spelt_as_the_model_does) {
  const std::vector<reasoning_case> cases{
      {k_claude, {.level = effort::medium}, R"({"thinking":{"type":"enabled","budget_tokens":8192}})", {}},
      {k_claude, {.budget_tokens = 0}, R"({"thinking":{"type":"disabled"}})", {}},
      {k_claude, {.level = effort::none}, R"({"thinking":{"type":"disabled"}})", {}},
      {k_claude,
       {.level = effort::low, .budget_tokens = 3000, .shown = false},
       R"({"thinking":{"type":"enabled","budget_tokens":3000}})",
       {"reasoning.shown", "reasoning.level"}},
      {"anthropic.claude-opus-4-7",
       {.level = effort::extra_high, .budget_tokens = 3000, .shown = true},
       R"({"thinking":{"type":"adaptive","display":"summarized"},"output_config":{"effort":"max"}})",
       {"reasoning.budget_tokens"}},
      {"us.anthropic.claude-sonnet-4-6", {.budget_tokens = -1}, R"({"thinking":{"type":"adaptive"}})", {}},
      {"us.anthropic.claude-sonnet-4-6",
       {.level = effort::minimal},
       R"({"thinking":{"type":"adaptive"},"output_config":{"effort":"low"}})",
       {"reasoning.level"}},
      {"anthropic.claude-3-haiku-20240307-v1:0", {.level = effort::high}, "", {"reasoning"}},
      {k_claude, {.shown = true, .summary = "auto"}, "", {"reasoning.summary", "reasoning.shown"}},
      {"openai.gpt-oss-20b-1:0", {.level = effort::minimal}, R"({"reasoning_effort":"low"})", {"reasoning.level"}},
      {"openai.gpt-oss-20b-1:0", {.level = effort::none}, "", {"reasoning.level"}},
      {"qwen.qwen3-32b-v1:0", {.level = effort::high}, R"({"reasoning_config":"high"})", {}},
      {"us.amazon.nova-2-lite-v1:0",
       {.level = effort::low},
       R"({"reasoningConfig":{"type":"enabled","maxReasoningEffort":"low"}})",
       {}},
      {"us.amazon.nova-2-lite-v1:0", {.budget_tokens = 0}, R"({"reasoningConfig":{"type":"disabled"}})", {}},
      {"us.amazon.nova-2-lite-v1:0", {.budget_tokens = 99}, "", {"reasoning.budget_tokens"}},
      {"meta.llama3-8b-instruct-v1:0",
       {.level = effort::low, .budget_tokens = 1},
       "",
       {"reasoning.budget_tokens", "reasoning.level"}},
  };
  for (const auto& one : cases) {
    request asked;
    asked.reasoning = one.wish;
    const auto written = write(asked, one.model);
    const std::string expected =
        one.fields.empty() ? "{}" : std::string{R"({"additionalModelRequestFields":)"}.append(one.fields).append("}");
    EXPECT_EQ(written.body, expected) << one.model;
    EXPECT_EQ(written.losses, one.losses) << one.model << " " << written.body;
  }
}

TEST(bedrock_request_write, a_budget_made_here_leaves_room_for_an_answer) {
  request asked;
  asked.reasoning.level = effort::high;
  asked.tokens_max = 5000;
  EXPECT_NE(write(asked).body.find(R"("budget_tokens":4999)"), std::string::npos);
  asked.tokens_max = 500;
  EXPECT_EQ(write(asked).losses, names{"reasoning"});
}

TEST(bedrock_request_write, top_k_is_spelt_as_the_model_does) {
  request asked;
  asked.sample.top_k = 4;
  EXPECT_EQ(write(asked).body, R"({"additionalModelRequestFields":{"top_k":4}})");
  EXPECT_EQ(write(asked, "amazon.nova-lite-v1:0").body,
            R"({"additionalModelRequestFields":{"inferenceConfig":{"topK":4}}})");
  EXPECT_EQ(write(asked, "cohere.command-r-v1:0").body, R"({"additionalModelRequestFields":{"k":4}})");
  EXPECT_EQ(write(asked, "mistral.mistral-large").body, R"({"additionalModelRequestFields":{"top_k":4}})");
}

} // namespace
