#include "codecs/gemini/tests/samples.h"

namespace inferenceflow::codecs::gemini {
namespace {

using namespace dialogue;

TEST(gemini_request_read, takes_a_conversation_with_tools) {
  const request asked = must_read(R"({
    "systemInstruction": {"role": "user", "parts": [{"text": "Be brief."}]},
    "contents": [
      {"role": "user", "parts": [{"text": "Weather in Rome and Oslo?"},
                                 {"inlineData": {"mimeType": "image/png", "data": "-_8"}}]},
      {"role": "model", "parts": [
        {"text": "Hm.", "thought": true, "thoughtSignature": "c2lnMQ=="},
        {"functionCall": {"name": "weather", "args": {"city": "Rome"}}, "thoughtSignature": "c2lnMg=="},
        {"functionCall": {"name": "weather", "args": {"city": "Oslo"}}}]},
      {"role": "user", "parts": [
        {"functionResponse": {"name": "weather", "response": {"output": "sunny"}}},
        {"functionResponse": {"name": "weather", "response": {"error": "no data"}}},
        {"text": "Go on."}]}],
    "tools": [{"functionDeclarations": [{"name": "weather", "description": "d",
                                         "parametersJsonSchema": {"type": "object"}}]}, {"googleSearch": {}}]})");
  ASSERT_EQ(asked.messages.size(), 5U);
  EXPECT_EQ(asked.messages[0], (message{.who = role::system, .parts = {text_part{.text = "Be brief."}}}));
  EXPECT_EQ(asked.messages[1].parts.at(1), (part{media_part{.media_type = "image/png", .data_base64 = "+/8="}}));
  EXPECT_EQ(
      asked.messages[2].parts.at(0),
      (part{reasoning_part{.text = "Hm.", .signature = "c2lnMQ==", .summary = true, .origin = protocol::gemini}}));
  EXPECT_EQ(asked.messages[2].parts.at(1),
            (part{tool_call_part{
                .id = "call_0", .name = "weather", .arguments = R"({"city":"Rome"})", .signature = "c2lnMg=="}}));
  EXPECT_EQ(asked.messages[3].who, role::tool);
  EXPECT_EQ(asked.messages[3].parts.at(0),
            (part{tool_result_part{.call_id = "call_0", .name = "weather", .content = {text_part{.text = "sunny"}}}}));
  EXPECT_EQ(asked.messages[3].parts.at(1),
            (part{tool_result_part{
                .call_id = "call_1", .name = "weather", .content = {text_part{.text = "no data"}}, .failed = true}}));
  EXPECT_EQ(asked.messages[4], user("Go on."));
  ASSERT_EQ(asked.tools.size(), 2U);
  EXPECT_EQ(asked.tools[0], (tool{.name = "weather", .description = "d", .parameters = R"({"type":"object"})"}));
  EXPECT_EQ(asked.tools[1],
            (tool{.name = "googleSearch", .opaque = R"({"googleSearch":{}})", .origin = protocol::gemini}));
}

TEST(gemini_request_read, the_url_names_model_and_stream) {
  const std::string_view body = R"({"contents": {"parts": {"text": "hi"}}})";
  EXPECT_EQ(must_read(body, "/v1beta/models/m%2D1:streamGenerateContent").model, "m-1");
  EXPECT_TRUE(must_read(body, "/v1beta/models/m:streamGenerateContent").stream);
  EXPECT_FALSE(must_read(body, "/v1/projects/p/locations/l/publishers/google/models/m:generateContent").stream);
  EXPECT_EQ(must_read(body, "/v1beta/tunedModels/t:generateContent").model, "tunedModels/t");
  EXPECT_EQ(read(body, "/v1beta/models/m:countTokens").error().kind, error_kind::not_found);
  EXPECT_EQ(form_of("alt=sse&key=k"), stream_form::events);
  EXPECT_EQ(form_of("key=k&%24alt=sse%3Benum-encoding%3Dint"), stream_form::events);
  EXPECT_EQ(form_of("$alt=sse"), stream_form::events);
  EXPECT_EQ(form_of("alt=ssed"), stream_form::array);
  EXPECT_EQ(form_of(""), stream_form::array);
}

TEST(gemini_request_read, takes_both_spellings_of_every_field) {
  const request camel = must_read(R"({"contents": [{"parts": [{"text": "hi"}]}],
    "systemInstruction": {"parts": [{"text": "s"}]},
    "tools": [{"functionDeclarations": [{"name": "f", "parametersJsonSchema": {"type": "object"}}]}],
    "toolConfig": {"functionCallingConfig": {"mode": "ANY", "allowedFunctionNames": ["f"]}},
    "generationConfig": {"topP": 0.5, "topK": 40.0, "maxOutputTokens": 9, "stopSequences": ["x"],
      "responseMimeType": "application/json", "responseJsonSchema": {"type": "object"},
      "thinkingConfig": {"includeThoughts": true, "thinkingBudget": 0}},
    "safetySettings": []})");
  const request snake = must_read(R"({"contents": [{"parts": [{"text": "hi"}]}],
    "system_instruction": {"parts": [{"text": "s"}]},
    "tools": {"function_declarations": {"name": "f", "parameters_json_schema": {"type": "object"}}},
    "tool_config": {"function_calling_config": {"mode": "ANY", "allowed_function_names": ["f"]}},
    "generation_config": {"top_p": 0.5, "top_k": 40, "max_output_tokens": 9, "stop_sequences": ["x"],
      "response_mime_type": "application/json", "response_json_schema": {"type": "object"},
      "thinking_config": {"include_thoughts": true, "thinking_budget": 0}},
    "safety_settings": []})");
  EXPECT_EQ(camel, snake);
  EXPECT_EQ(camel.choice, (tool_choice{.mode = tool_mode::named, .name = "f"}));
  EXPECT_EQ(camel.format.kind, format_kind::json_schema);
  EXPECT_EQ(camel.reasoning, (reasoning_wish{.budget_tokens = 0, .shown = true}));
  EXPECT_EQ(camel.sample.top_k, 40);
}

TEST(gemini_request_read, makes_json_schema_of_its_own) {
  const request asked = must_read(R"({"contents": [{"parts": [{"text": "hi"}]}], "tools": [{"functionDeclarations": [{
    "name": "f", "parameters": {"type": "OBJECT", "propertyOrdering": ["b", "a"], "required": ["a"], "properties": {
      "a": {"type": "STRING", "format": "enum", "enum": ["x"], "nullable": true},
      "b": {"type": 5, "items": {"type": 3}, "minItems": "2"},
      "type": {"any_of": [{"type": "NUMBER"}, {"type": "BOOLEAN"}], "nullable": true, "example": 1}}}}]}]})");
  EXPECT_EQ(asked.tools.at(0).parameters,
            R"({"type":"object","required":["a"],"properties":{)"
            R"("b":{"type":"array","items":{"type":"integer"},"minItems":2},)"
            R"("a":{"type":["string","null"],"enum":["x",null]},)"
            R"("type":{"anyOf":[{"type":"number"},{"type":"boolean"},{"type":"null"}],"examples":[1]}}})");
}

TEST(gemini_request_read, keeps_what_only_gemini_knows) {
  const request asked = must_read(R"({"contents": [{"parts": [
      {"fileData": {"fileUri": "https://example.org/v.mp4", "mimeType": "video/mp4"}, "videoMetadata": {"fps": 1}},
      {"fileData": {"fileUri": "https://generativelanguage.googleapis.com/v1beta/files/f1"}},
      {"fileData": {"fileUri": "https://example.org/a.wav", "mimeType": "audio/wav"}},
      {"executableCode": {"code": "1"}, "thoughtSignature": "c2ln"}]}],
    "safetySettings": [{"category": "C"}], "cachedContent": "cachedContents/c", "serviceTier": "flex",
    "toolConfig": {"functionCallingConfig": {"mode": "VALIDATED"}, "retrievalConfig": {}},
    "generationConfig": {"responseModalities": ["TEXT"], "speechConfig": {}, "mediaResolution": "LOW"}})");
  const auto& parts = asked.messages.at(0).parts;
  EXPECT_EQ(std::get<opaque_part>(parts.at(0)).type, "fileData");
  EXPECT_EQ(std::get<media_part>(parts.at(1)).file_id, "https://generativelanguage.googleapis.com/v1beta/files/f1");
  EXPECT_EQ(std::get<media_part>(parts.at(2)),
            (media_part{.kind = media_kind::audio, .media_type = "audio/wav", .url = "https://example.org/a.wav"}));
  EXPECT_EQ(std::get<opaque_part>(parts.at(3)).type, "executableCode");
  EXPECT_EQ(asked.service_tier, "flex");
  EXPECT_EQ(asked.choice.mode, tool_mode::automatic);
  std::string names;
  for (const extra_field& extra : asked.extras) {
    names += extra.name + (extra.essential ? "! " : " ");
  }
  EXPECT_EQ(names,
            "toolConfig.functionCallingConfig.mode toolConfig.retrievalConfig generationConfig.responseModalities "
            "generationConfig.speechConfig generationConfig.mediaResolution safetySettings cachedContent! ");
}

TEST(gemini_request_read, results_find_their_calls) {
  const request asked = must_read(R"({"contents": [
    {"role": "model", "parts": [{"functionCall": {"name": "a"}}, {"functionCall": {"name": "b", "id": "x"}},
                                {"functionCall": {"name": "a", "args": {}}}]},
    {"role": "function", "parts": [{"functionResponse": {"name": "a", "response": {"n": 1}}},
                                   {"functionResponse": {"name": "b", "response": {}}},
                                   {"functionResponse": {"name": "a", "response": {"output": {"n": 2}},
                                                         "parts": [{"inlineData": {"mimeType": "image/png", "data": ""}}]}}]}]})");
  std::string ids;
  for (const part& result : asked.messages.at(1).parts) {
    ids += std::get<tool_result_part>(result).call_id + std::get<tool_result_part>(result).json + " ";
  }
  EXPECT_EQ(ids, R"(call_0{"n":1} x call_1{"output":{"n":2}} )");
  EXPECT_EQ(std::get<tool_call_part>(asked.messages.at(0).parts.at(0)).arguments, "{}");
}

TEST(gemini_request_read, every_fault_names_its_field) {
  const std::vector<std::pair<std::string_view, std::string_view>> faults = {
      {R"({})", "contents"},
      {R"({"contents": []})", "contents"},
      {R"({"contents": 1})", "contents"},
      {R"({"contents": [{"role": "robot", "parts": [{"text": "x"}]}]})", "contents[0].role"},
      {R"({"contents": [{"parts": [{"text": 1}]}]})", "contents[0].parts[0].text"},
      {R"({"contents": [{"parts": [{"inlineData": {"mimeType": "a/b", "data": "?"}}]}]})",
       "contents[0].parts[0].inlineData.data"},
      {R"({"contents": [{"parts": [{"inlineData": {"data": "AA=="}}]}]})", "contents[0].parts[0].inlineData.mimeType"},
      {R"({"contents": [{"parts": [{"functionCall": {"args": {}}}]}]})", "contents[0].parts[0].functionCall.name"},
      {R"({"contents": [{"parts": [{"functionCall": {"name": "f", "args": []}}]}]})",
       "contents[0].parts[0].functionCall.args"},
      {R"({"contents": [{"parts": [{"text": "x"}]}], "generation_config": {"top_k": 1.5}})", "generation_config.top_k"},
      {R"({"contents": [{"parts": [{"text": "x"}]}], "toolConfig": {"functionCallingConfig": {"mode": "MAYBE"}}})",
       "toolConfig.functionCallingConfig.mode"},
      {R"({"contents": [{"parts": [{"text": "x"}]}], "generationConfig": {"thinkingConfig": {"thinkingLevel": "MUCH"}}})",
       "generationConfig.thinkingConfig.thinkingLevel"},
      {R"([])", ""},
      {R"({"contents)", ""},
  };
  for (const auto& [body, field] : faults) {
    const auto asked = read(body);
    ASSERT_FALSE(asked.has_value()) << body;
    EXPECT_EQ(asked.error().kind, error_kind::invalid_request);
    EXPECT_EQ(asked.error().param, field) << body;
  }
}

TEST(gemini_request_read, an_empty_turn_stands_for_a_question) {
  const request asked = must_read(R"({"contents": [{"role": "user", "parts": [{"text": ""}]}]})");
  EXPECT_EQ(asked.messages, std::vector<message>{user("")});
}

} // namespace
} // namespace inferenceflow::codecs::gemini
