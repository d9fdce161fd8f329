#include "codecs/gemini/tests/samples.h"

namespace inferenceflow::codecs::gemini {
namespace {

using namespace dialogue;

request full_request() {
  request asked = asking({
      {.who = role::system, .parts = {text_part{.text = "Be brief."}}},
      {.who = role::user,
       .parts = {text_part{.text = "What \"is\"\nthis?"}, media_part{.media_type = "image/png", .data_base64 = "AAAA"},
                 media_part{.kind = media_kind::document, .media_type = "application/pdf", .file_id = "gs://b/f.pdf"}}},
      {.who = role::assistant,
       .parts = {reasoning_part{.text = "Hm.", .signature = "c2ln", .summary = true, .origin = protocol::gemini},
                 text_part{.text = "Let me see.", .signature = "dHM="},
                 tool_call_part{.id = "a", .name = "f", .arguments = R"({"x":1})", .signature = "c2k="},
                 tool_call_part{.id = "b", .name = "g", .arguments = "{}"},
                 opaque_part{.origin = protocol::gemini, .type = "toolCall", .json = R"({"toolCall":{"id":"q"}})"}}},
      {.who = role::tool,
       .parts = {tool_result_part{.call_id = "a", .name = "f", .content = {text_part{.text = "ok"}}},
                 tool_result_part{.call_id = "b", .name = "g", .json = R"({"n":[1,2]})"}}},
      user("Go on."),
  });
  asked.tools = {{.name = "f", .description = "d", .parameters = R"({"type":"object"})"},
                 {.name = "g"},
                 {.name = "googleSearch", .opaque = R"({"googleSearch":{}})", .origin = protocol::gemini},
                 {.name = "h"}};
  asked.choice.mode = tool_mode::required;
  asked.format = {.kind = format_kind::json_schema, .schema = R"({"type":"object"})"};
  asked.stop = {"END"};
  asked.sample = {
      .temperature = 0.7, .top_p = 1, .top_k = 40, .presence_penalty = -1.5, .frequency_penalty = 1, .seed = 7};
  asked.tokens_max = 100;
  asked.answers = 2;
  asked.logprobs = true;
  asked.top_logprobs = 3;
  asked.reasoning = {.budget_tokens = 1024, .shown = true};
  asked.service_tier = "priority";
  asked.extras = {{.name = "toolConfig.retrievalConfig", .json = "{}"},
                  {.name = "generationConfig.mediaResolution", .json = R"("LOW")"},
                  {.name = "safetySettings", .json = "[]"},
                  {.name = "cachedContent", .json = R"("c")", .essential = true}};
  return asked;
}

TEST(gemini_request_write, reading_it_back_gives_the_same_request) {
  for (const bool stream : {false, true}) {
    request asked = full_request();
    asked.stream = stream;
    const written_request written = must_write(asked);
    EXPECT_EQ(written.losses, std::vector<std::string>{});
    EXPECT_EQ(written.path, stream ? "/v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse"
                                   : "/v1beta/models/gemini-2.5-flash:generateContent");
    EXPECT_EQ(must_read(written.body, std::string_view{written.path}.substr(0, written.path.find('?'))), asked);
  }
}

TEST(gemini_request_write, spells_a_request_as_google_does) {
  request asked = asking({{.who = role::system, .parts = {text_part{.text = "s"}}}, user("hi")});
  asked.tools = {{.name = "f", .parameters = "{}"}};
  asked.choice = {.mode = tool_mode::named, .name = "f"};
  asked.sample.temperature = 0.1;
  EXPECT_EQ(must_write(asked).body,
            R"({"tools":[{"functionDeclarations":[{"name":"f","parametersJsonSchema":{}}]}],)"
            R"("toolConfig":{"functionCallingConfig":{"mode":"ANY","allowedFunctionNames":["f"]}},)"
            R"("systemInstruction":{"parts":[{"text":"s"}]},)"
            R"("contents":[{"role":"user","parts":[{"text":"hi"}]}],)"
            R"("generationConfig":{"temperature":0.1}})");
}

TEST(gemini_request_write, paths_for_every_kind_of_model_name) {
  EXPECT_EQ(path_for("gemini-3", "m"), "/v1beta/models/gemini-3:m");
  EXPECT_EQ(path_for("tunedModels/t", "m"), "/v1beta/tunedModels/t:m");
  EXPECT_EQ(path_for("projects/p/locations/l/publishers/google/models/x", "m"),
            "/v1/projects/p/locations/l/publishers/google/models/x:m");
  EXPECT_EQ(path_for("a b?", "m"), "/v1beta/models/a%20b%3F:m");
}

TEST(gemini_request_write, refuses_what_would_ask_for_something_else) {
  const auto with = [](auto&& change) {
    request asked = asking({user("hi")});
    change(asked);
    return refused(asked);
  };
  EXPECT_EQ(with([](request&) {}), "");
  EXPECT_EQ(with([](request& r) { r.messages[0].parts = {opaque_part{.origin = protocol::anthropic}}; }),
            "messages[0].parts[0]");
  EXPECT_EQ(with([](request& r) { r.messages[0].parts = {media_part{.media_type = "a/b", .file_id = "file-1"}}; }),
            "messages[0].parts[0].file_id");
  EXPECT_EQ(with([](request& r) { r.messages[0].parts = {media_part{.url = "data:,x"}}; }), "messages[0].parts[0].url");
  EXPECT_EQ(with([](request& r) { r.messages[0].parts = {media_part{.data_base64 = "AAAA"}}; }),
            "messages[0].parts[0].media_type");
  EXPECT_EQ(with([](request& r) {
              r.messages[0] = {.who = role::assistant, .parts = {tool_call_part{.name = "f", .arguments = "{"}}};
            }),
            "messages[0].parts[0].arguments");
  EXPECT_EQ(with([](request& r) { r.messages[0].parts = {tool_result_part{.call_id = "?"}}; }),
            "messages[0].parts[0].call_id");
  EXPECT_EQ(with([](request& r) { r.tools = {{.name = "w", .opaque = "{}", .origin = protocol::anthropic}}; }),
            "tools[0]");
  EXPECT_EQ(with([](request& r) { r.tools = {{.name = "w", .parameters = "{"}}; }), "tools[0].parameters");
  EXPECT_EQ(with([](request& r) { r.format = {.kind = format_kind::json_schema, .schema = "{"}; }), "format.schema");
  EXPECT_EQ(with([](request& r) { r.extras = {{.name = "audio", .json = "{}", .essential = true}}; }), "audio");
}

TEST(gemini_request_write, drops_what_only_tunes_and_says_so) {
  request asked = asking({
      {.who = role::user, .parts = {text_part{.text = "hi", .cache_mark = cache_life::hour_1}}, .name = "bob"},
      {.who = role::assistant,
       .parts = {reasoning_part{.text = "hm", .signature = "x", .origin = protocol::anthropic},
                 tool_call_part{.id = "c", .name = "sh", .arguments = "ls -l", .custom = true}}},
      {.who = role::tool, .parts = {tool_result_part{.call_id = "c"}}},
      {.who = role::system, .parts = {text_part{.text = "now in French"}}},
  });
  asked.tools = {{.name = "sh", .strict = true}};
  asked.choice.parallel = false;
  asked.sample = {.min_p = 0.1, .repetition_penalty = 1.1, .logit_bias = "{}"};
  asked.user = "u";
  asked.cache_key = "k";
  asked.service_tier = "turbo";
  asked.format = {.kind = format_kind::json_schema, .name = "n", .schema = "{}", .strict = true};
  asked.extras = {{.name = "store", .json = "true"}};
  const written_request written = must_write(asked);
  EXPECT_EQ(written.losses,
            (std::vector<std::string>{"tools[0].strict", "choice.parallel", "messages[0].parts[0].cache_mark",
                                      "messages[1].parts[0]", "messages[1].parts[1].custom", "messages[3].role",
                                      "messages[0].name", "format.name", "service_tier", "store", "min_p",
                                      "repetition_penalty", "logit_bias", "user", "cache_key"}));
  const request again = must_read(written.body);
  EXPECT_EQ(again.messages.at(1).parts.at(0),
            (part{tool_call_part{.id = "c", .name = "sh", .arguments = R"({"input":"ls -l"})"}}));
  EXPECT_EQ(again.messages.at(2).parts.at(0), (part{tool_result_part{.call_id = "c", .name = "sh"}}));
  EXPECT_EQ(again.messages.at(3), user("now in French"));
}

TEST(gemini_request_write, results_of_one_turn_share_a_turn) {
  const request asked = asking({
      {.who = role::assistant,
       .parts = {tool_call_part{.id = "1", .name = "f"}, tool_call_part{.id = "2", .name = "g"}}},
      {.who = role::tool,
       .parts = {tool_result_part{.call_id = "1", .content = {text_part{.text = "a"}, text_part{.text = "b"}}}}},
      {.who = role::tool,
       .parts = {tool_result_part{.call_id = "2",
                                  .content = {media_part{.media_type = "image/png", .data_base64 = "AAAA"}},
                                  .json = "[1]",
                                  .failed = true}}},
  });
  EXPECT_NE(must_write(asked).body.find(R"({"role":"user","parts":[)"
                                        R"({"functionResponse":{"id":"1","name":"f","response":{"output":"a\nb"}}},)"
                                        R"({"functionResponse":{"id":"2","name":"g","response":{"error":[1]},)"
                                        R"("parts":[{"inlineData":{"mimeType":"image/png","data":"AAAA"}}]}}]})"),
            std::string::npos);
}

TEST(gemini_request_write, documents_and_links_become_data_and_files) {
  const request asked = asking({{.who = role::user,
                                 .parts = {media_part{.kind = media_kind::document, .text = "plain", .name = "n.txt"},
                                           media_part{.url = "https://example.org/cat.jpg?w=1", .detail = "low"}}}});
  const written_request written = must_write(asked);
  EXPECT_NE(written.body.find(R"({"inlineData":{"mimeType":"text/plain","data":"cGxhaW4="}},)"
                              R"({"fileData":{"mimeType":"image/jpeg","fileUri":"https://example.org/cat.jpg?w=1"}})"),
            std::string::npos);
  EXPECT_EQ(written.losses, (std::vector<std::string>{"messages[0].parts[0].name", "messages[0].parts[1].detail"}));
}

TEST(gemini_request_write, a_conversation_of_system_messages_gets_an_empty_turn) {
  const request asked = asking({{.who = role::system, .parts = {text_part{.text = "Greet."}}},
                                {.who = role::system, .parts = {text_part{.text = "Warmly."}}}});
  EXPECT_EQ(must_write(asked).body, R"({"systemInstruction":{"parts":[{"text":"Greet."},{"text":"Warmly."}]},)"
                                    R"("contents":[{"role":"user","parts":[{"text":""}]}],"generationConfig":{}})");
}

TEST(gemini_request_write, gemini_3_gets_a_signature_for_every_step) {
  const request asked = asking({user("hi"),
                                {.who = role::assistant,
                                 .parts = {tool_call_part{.id = "1", .name = "f", .arguments = "{}"},
                                           tool_call_part{.id = "2", .name = "f", .arguments = "{}"}}}});
  const std::string body = must_write(asked, "gemini-3-pro-preview").body;
  const std::size_t first = body.find("c2tpcF90aG91Z2h0X3NpZ25hdHVyZV92YWxpZGF0b3I=");
  EXPECT_NE(first, std::string::npos);
  EXPECT_EQ(body.find("thoughtSignature", first), std::string::npos);
  EXPECT_EQ(must_write(asked, "gemini-2.5-pro").body.find("thoughtSignature"), std::string::npos);
  EXPECT_EQ(must_read(body).messages, asked.messages); // and nobody takes it for a real one
}

TEST(gemini_request_write, thinking_as_the_models_generation_has_it) {
  const auto config = [](const reasoning_wish& wish, std::string_view model) {
    request asked = asking({user("hi")});
    asked.reasoning = wish;
    const written_request written = must_write(asked, model);
    const std::size_t begin = written.body.find("\"generationConfig\":") + 19;
    std::string text = written.body.substr(begin, written.body.size() - begin - 1);
    for (const std::string& loss : written.losses) {
      text += " -" + loss;
    }
    return text;
  };
  EXPECT_EQ(config({.level = effort::medium}, "gemini-2.5-flash"), R"({"thinkingConfig":{"thinkingBudget":8192}})");
  EXPECT_EQ(config({.level = effort::none}, "gemini-2.5-flash"), R"({"thinkingConfig":{"thinkingBudget":0}})");
  EXPECT_EQ(config({.level = effort::none}, "gemini-2.5-pro"), R"({"thinkingConfig":{"thinkingBudget":128}})");
  EXPECT_EQ(config({.budget_tokens = 50'000}, "gemini-2.5-pro"),
            R"({"thinkingConfig":{"thinkingBudget":32768}} -reasoning.budget_tokens)");
  EXPECT_EQ(config({.level = effort::low, .shown = true}, "gemini-3-pro"),
            R"({"thinkingConfig":{"includeThoughts":true,"thinkingLevel":"low"}})");
  EXPECT_EQ(config({.level = effort::extra_high}, "gemini-flash-latest"),
            R"({"thinkingConfig":{"thinkingLevel":"high"}} -reasoning.level)");
  EXPECT_EQ(config({.budget_tokens = -1, .summary = "auto"}, "gemini-3-flash"),
            R"({"thinkingConfig":{"includeThoughts":true,"thinkingBudget":-1}})");
  EXPECT_EQ(config({.level = effort::high}, "gemini-2.0-flash"), "{} -reasoning");
  EXPECT_EQ(config({.level = effort::none}, "gemini-2.0-flash"), "{}");
}

} // namespace
} // namespace inferenceflow::codecs::gemini
