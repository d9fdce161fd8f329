#include "codecs/bedrock/codec.h"

#include <gtest/gtest.h>

namespace {

using namespace inferenceflow;
using namespace inferenceflow::dialogue;

constexpr std::string_view k_path = "/model/us.amazon.nova-micro-v1%3A0/converse";

request read(std::string_view body, std::string_view path = k_path) {
  const auto asked = codecs::bedrock::codec{}.read_request(body, {.path = path, .query = {}});
  if (!asked) {
    ADD_FAILURE() << asked.error().message;
    return {};
  }
  return *asked;
}

std::string fault_of(std::string_view body, std::string_view path = k_path) {
  const auto asked = codecs::bedrock::codec{}.read_request(body, {.path = path, .query = {}});
  return asked ? "none" : asked.error().param;
}

/// The parts of one user turn.
std::vector<part> parts_of(std::string_view content) {
  const request asked = read(std::string{R"({"messages":[{"role":"user","content":)"}.append(content).append("}]}"));
  return asked.messages.empty() ? std::vector<part>{} : asked.messages.front().parts;
}

TEST(bedrock_request_read, model_and_stream_stand_in_the_path) {
  EXPECT_EQ(read(R"({"messages":[]})").model, "us.amazon.nova-micro-v1:0");
  EXPECT_FALSE(read(R"({"messages":[]})").stream);
  EXPECT_TRUE(read(R"({"messages":[]})", "/bedrock/model/a.b/converse-stream").stream);
  EXPECT_EQ(read(R"({"messages":[]})", "/model/arn:aws:bedrock:eu-west-1::inference-profile/x.y-v1:0/converse").model,
            "arn:aws:bedrock:eu-west-1::inference-profile/x.y-v1:0");
  for (const std::string_view path : {"/model//converse", "/model/converse", "/model/a/invoke", "/converse", "", "/"}) {
    EXPECT_EQ(fault_of(R"({"messages":[]})", path), "modelId") << path;
  }
}

TEST(bedrock_request_read, turns_and_system) {
  const request asked = read(R"({"system":[{"text":"be brief"},{"cachePoint":{"type":"default"}}],
    "messages":[{"role":"user","content":[{"text":"hi"}]},{"role":"assistant","content":[{"text":"hello"}]}]})");
  ASSERT_EQ(asked.messages.size(), 3U);
  EXPECT_EQ(asked.messages[0].who, role::system);
  EXPECT_EQ(asked.messages[0].parts[0], part{(text_part{.text = "be brief", .cache_mark = cache_life::minutes_5})});
  EXPECT_EQ(asked.messages[1].who, role::user);
  EXPECT_EQ(asked.messages[2].who, role::assistant);
  EXPECT_EQ(asked.messages[2].parts[0], part{text_part{.text = "hello"}});
}

TEST(bedrock_request_read, results_become_messages_of_their_own) {
  const request asked = read(R"({"messages":[{"role":"user","content":[
    {"toolResult":{"toolUseId":"a","content":[{"json":{"t":21}},{"text":"warm"}],"status":"success"}},
    {"toolResult":{"toolUseId":"b","content":[{"text":"no"},{"json":[1]}],"status":"error"}},
    {"cachePoint":{"type":"default","ttl":"1h"}},
    {"text":"go on"}]}]})");
  ASSERT_EQ(asked.messages.size(), 2U);
  EXPECT_EQ(asked.messages[0].who, role::tool);
  ASSERT_EQ(asked.messages[0].parts.size(), 2U);
  const auto& first = std::get<tool_result_part>(asked.messages[0].parts[0]);
  EXPECT_EQ(first.call_id, "a");
  EXPECT_EQ(first.json, R"({"t":21})");
  ASSERT_EQ(first.content.size(), 1U);
  const auto& second = std::get<tool_result_part>(asked.messages[0].parts[1]);
  EXPECT_TRUE(second.failed);
  EXPECT_EQ(second.json, "");
  EXPECT_EQ(std::get<text_part>(second.content[1]).text, "[1]");
  EXPECT_EQ(second.cache_mark, cache_life::hour_1);
  EXPECT_EQ(asked.messages[1].who, role::user);
}

TEST(bedrock_request_read, calls_and_reasoning) {
  const request asked = read(R"({"messages":[{"role":"assistant","content":[
    {"reasoningContent":{"reasoningText":{"text":"hm","signature":"c2ln"}}},
    {"reasoningContent":{"redactedContent":"YWJj"}},
    {"reasoningContent":{"reasoningText":{"text":"open"}}},
    {"toolUse":{"toolUseId":"t1","name":"f","input":{"a":[1,2]},"type":"tool_use"}}]}]})");
  const auto& parts = asked.messages[0].parts;
  ASSERT_EQ(parts.size(), 4U);
  EXPECT_EQ(parts[0], part{(reasoning_part{.text = "hm", .signature = "c2ln", .origin = protocol::bedrock})});
  EXPECT_EQ(parts[1], part{(reasoning_part{.text = {}, .redacted = "YWJj", .origin = protocol::bedrock})});
  EXPECT_EQ(parts[2], part{reasoning_part{.text = "open"}});
  EXPECT_EQ(parts[3], part{(tool_call_part{.id = "t1", .name = "f", .arguments = R"({"a":[1,2]})"})});
}

TEST(bedrock_request_read, media) {
  const auto parts = parts_of(R"([
    {"image":{"format":"jpeg","source":{"bytes":"AAAA"}}},
    {"video":{"format":"three_gp","source":{"s3Location":{"uri":"s3://b/v.3gp"}}}},
    {"audio":{"format":"wav","source":{"bytes":"BBBB"}}},
    {"document":{"format":"pdf","name":"Report","source":{"bytes":"CCCC"},"context":"old","citations":{"enabled":true}}},
    {"document":{"name":"Note","source":{"text":"plain"}}},
    {"image":{"format":"heic","source":{"bytes":"DDDD"}}}])");
  ASSERT_EQ(parts.size(), 6U);
  EXPECT_EQ(parts[0], part{(media_part{.media_type = "image/jpeg", .data_base64 = "AAAA"})});
  EXPECT_EQ(parts[1], part{(media_part{.kind = media_kind::video, .media_type = "video/3gpp", .url = "s3://b/v.3gp"})});
  EXPECT_EQ(parts[2], part{(media_part{.kind = media_kind::audio, .media_type = "audio/wav", .data_base64 = "BBBB"})});
  EXPECT_EQ(parts[3], part{(media_part{.kind = media_kind::document,
                                       .media_type = "application/pdf",
                                       .data_base64 = "CCCC",
                                       .name = "Report",
                                       .context = "old",
                                       .cited = true})});
  EXPECT_EQ(parts[4], part{(media_part{.kind = media_kind::document, .text = "plain", .name = "Note"})});
  EXPECT_EQ(std::get<media_part>(parts[5]).media_type, "image/heic");
}

TEST(bedrock_request_read, blocks_of_its_own_are_kept_whole) {
  const auto parts = parts_of(R"([{"cachePoint":{"type":"default"}},
    {"guardContent":{"text":{"text":"x","qualifiers":["query"]}}},
    {"cachePoint":{"type":"default"}},
    {"searchResult":{"source":"s","title":"t","content":[{"text":"c"}]}},
    {"image":{"format":"png","source":{"s3Location":{"uri":"s3://b/i.png","bucketOwner":"1"}}}},
    {"document":{"name":"d","source":{"content":[{"text":"a"}]}}},
    {"toolUse":{"toolUseId":"s1","name":"web","input":{},"type":"server_tool_use"}},
    {"toolResult":{"toolUseId":"s1","content":[{"searchResult":{"source":"s","title":"t","content":[]}}]}},
    {"a\"b":1}])");
  ASSERT_EQ(parts.size(), 9U);
  const auto& first = std::get<opaque_part>(parts[0]);
  EXPECT_EQ(first.origin, protocol::bedrock);
  EXPECT_EQ(first.type, "cachePoint");
  EXPECT_EQ(std::get<opaque_part>(parts[1]).json, R"({"guardContent":{"text":{"text":"x","qualifiers":["query"]}}})");
  EXPECT_EQ(std::get<opaque_part>(parts[5]).type, "document");
  EXPECT_EQ(std::get<opaque_part>(parts[7]).type, "toolResult");
  EXPECT_EQ(std::get<opaque_part>(parts[8]).json, R"({"a\"b":1})");
}

TEST(bedrock_request_read, cited_texts) {
  const auto parts = parts_of(R"([{"citationsContent":{"content":[{"text":"It is "},{"text":"blue."}],"citations":[
    {"title":"Sky","source":"doc1","sourceContent":[{"text":"blue"}],
     "location":{"documentPage":{"documentIndex":2,"start":1,"end":2}}},
    {"location":{"web":{"url":"https://x.y"}}}]}}])");
  ASSERT_EQ(parts.size(), 1U);
  const auto& words = std::get<text_part>(parts[0]);
  EXPECT_EQ(words.text, "It is blue.");
  ASSERT_EQ(words.citations.size(), 2U);
  EXPECT_EQ(words.citations[0].quote, "blue");
  EXPECT_EQ(words.citations[0].title, "Sky");
  EXPECT_EQ(words.citations[0].source_id, "doc1");
  EXPECT_EQ(words.citations[0].source_index, 2);
  EXPECT_EQ(words.citations[1].url, "https://x.y");
}

TEST(bedrock_request_read, tools) {
  const request asked = read(R"({"messages":[],"toolConfig":{"tools":[
    {"toolSpec":{"name":"f","description":"does f","inputSchema":{"json":{"type":"object"}},"strict":true}},
    {"cachePoint":{"type":"default"}},{"systemTool":{"name":"web"}}],"toolChoice":{"tool":{"name":"f"}}}})");
  ASSERT_EQ(asked.tools.size(), 2U);
  EXPECT_EQ(asked.tools[0], (tool{.name = "f",
                                  .description = "does f",
                                  .parameters = R"({"type":"object"})",
                                  .strict = true,
                                  .cache_mark = cache_life::minutes_5}));
  EXPECT_EQ(asked.tools[1],
            (tool{.name = "web", .opaque = R"({"systemTool":{"name":"web"}})", .origin = protocol::bedrock}));
  EXPECT_EQ(asked.choice.mode, tool_mode::named);
  EXPECT_EQ(asked.choice.name, "f");
  EXPECT_EQ(read(R"({"messages":[],"toolConfig":{"tools":[],"toolChoice":{"any":{}}}})").choice.mode,
            tool_mode::required);
  EXPECT_EQ(read(R"({"messages":[],"toolConfig":{"tools":[],"toolChoice":{"auto":{}}}})").choice.mode,
            tool_mode::automatic);
}

TEST(bedrock_request_read, settings) {
  const request asked = read(R"({"messages":[],
    "inferenceConfig":{"maxTokens":9,"temperature":0.5,"topP":1,"stopSequences":["|"]},
    "outputConfig":{"textFormat":{"type":"json_schema","structure":{"jsonSchema":{
      "name":"n","description":"d","schema":"{\"type\":\"object\"}"}}}},
    "serviceTier":{"type":"flex"},"guardrailConfig":{"guardrailIdentifier":"g","guardrailVersion":"1"},
    "requestMetadata":{"a":"b"},"performanceConfig":{"latency":"optimized"}})");
  EXPECT_EQ(asked.tokens_max, 9);
  EXPECT_EQ(asked.sample.temperature, 0.5);
  EXPECT_EQ(asked.sample.top_p, 1.0);
  EXPECT_EQ(asked.stop, std::vector<std::string>{"|"});
  EXPECT_EQ(asked.format.kind, format_kind::json_schema);
  EXPECT_EQ(asked.format.schema, R"({"type":"object"})");
  EXPECT_EQ(asked.service_tier, "flex");
  ASSERT_EQ(asked.extras.size(), 3U);
  EXPECT_TRUE(asked.extras[0].essential);
  EXPECT_EQ(asked.extras[0].name, "guardrailConfig");
  EXPECT_FALSE(asked.extras[1].essential);
}

TEST(bedrock_request_read, fields_that_go_to_the_model) {
  const auto with = [](std::string_view fields) {
    return read(std::string{R"({"messages":[],"additionalModelRequestFields":)"}.append(fields).append("}"));
  };
  EXPECT_EQ(with(R"({"top_k":7})").sample.top_k, 7);
  EXPECT_EQ(with(R"({"inferenceConfig":{"topK":8}})").sample.top_k, 8);
  EXPECT_EQ(with(R"({"thinking":{"type":"enabled","budget_tokens":1024}})").reasoning.budget_tokens, 1024);
  EXPECT_EQ(with(R"({"thinking":{"type":"disabled"}})").reasoning.budget_tokens, 0);
  const auto adaptive =
      with(R"({"thinking":{"type":"adaptive","display":"omitted"},"output_config":{"effort":"max"}})");
  EXPECT_EQ(adaptive.reasoning.budget_tokens, -1);
  EXPECT_EQ(adaptive.reasoning.shown, false);
  EXPECT_EQ(adaptive.reasoning.level, effort::extra_high);
  EXPECT_EQ(with(R"({"reasoning_effort":"low"})").reasoning.level, effort::low);
  EXPECT_EQ(with(R"({"reasoning_config":"high"})").reasoning.level, effort::high);
  EXPECT_EQ(with(R"({"reasoningConfig":{"type":"enabled","maxReasoningEffort":"medium"}})").reasoning.level,
            effort::medium);
  EXPECT_EQ(with(R"({"reasoningConfig":{"type":"disabled"}})").reasoning.level, effort::none);
  const auto others = with(R"({"anthropic_beta":["x"],"tools":[],"thinking":{"type":"new"},"reasoning_effort":3})");
  ASSERT_EQ(others.extras.size(), 4U);
  EXPECT_EQ(others.extras[0].name, "additionalModelRequestFields.anthropic_beta");
  EXPECT_FALSE(others.extras[0].essential);
  EXPECT_TRUE(others.extras[1].essential);
  EXPECT_EQ(others.reasoning, reasoning_wish{});
}

TEST(bedrock_request_read, faults_name_their_field) {
  EXPECT_EQ(fault_of("{}"), "messages");
  EXPECT_EQ(fault_of("{}", "/model/arn%3Aaws%3Abedrock%3Aus-east-1%3A1%3Aprompt%2FABCDEFGHIJ/converse"), "none");
  EXPECT_EQ(fault_of("null"), "");
  EXPECT_EQ(fault_of(R"({"messages":[{"role":"tool","content":[]}]})"), "messages[0].role");
  EXPECT_EQ(fault_of(R"({"messages":[{"role":"user"}]})"), "messages[0].content");
  EXPECT_EQ(fault_of(R"({"messages":[{"role":"user","content":"hi"}]})"), "messages[0].content");
  EXPECT_EQ(fault_of(R"({"messages":[{"role":"user","content":[{}]}]})"), "messages[0].content[0]");
  EXPECT_EQ(fault_of(R"({"messages":[{"role":"user","content":[null]}]})"), "messages[0].content[0]");
  EXPECT_EQ(fault_of(R"({"messages":[{"role":"user","content":[{"text":1}]}]})"), "messages[0].content[0].text");
  EXPECT_EQ(fault_of(R"({"messages":[{"role":"user","content":[{"toolResult":{"content":[]}}]}]})"),
            "messages[0].content[0].toolResult.toolUseId");
  EXPECT_EQ(fault_of(R"({"messages":[{"role":"user","content":[{"image":{"format":"png"}}]}]})"),
            "messages[0].content[0].image.source");
  EXPECT_EQ(fault_of(R"({"messages":[],"toolConfig":{"tools":[{"toolSpec":{"name":"f"}}]}})"),
            "toolConfig.tools[0].toolSpec.inputSchema.json");
  EXPECT_EQ(fault_of(R"({"messages":[],"toolConfig":{"tools":[{"cachePoint":{"type":"default"}}]}})"),
            "toolConfig.tools[0].cachePoint");
  EXPECT_EQ(fault_of(R"({"messages":[],"toolConfig":{"toolChoice":{}}})"), "toolConfig.toolChoice");
  EXPECT_EQ(fault_of(R"({"messages":[],"inferenceConfig":{"maxTokens":0}})"), "inferenceConfig.maxTokens");
  EXPECT_EQ(fault_of(R"({"messages":[],"outputConfig":{"textFormat":{"type":"json_schema","structure":{"jsonSchema":{
    "schema":"nope"}}}}})"),
            "outputConfig.textFormat.structure.jsonSchema.schema");
  EXPECT_EQ(fault_of(R"({"messages":[],"additionalModelRequestFields":[]})"), "additionalModelRequestFields");
}

} // namespace
