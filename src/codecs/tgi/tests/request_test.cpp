#include "codecs/tgi/codec.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace inferenceflow::codecs::tgi {
namespace {

using dialogue::request;
using dialogue::role;
using dialogue::text_part;
using testing::HasSubstr;
using testing::UnorderedElementsAre;

const codec k_tgi;

request simple() {
  request asked;
  asked.messages = {{.who = role::user, .parts = {text_part{.text = "Hi"}}}};
  return asked;
}

std::string body_of(const request& asked) {
  const auto written = k_tgi.write_request(asked, "m");
  return written ? written->body : "refused: " + written.error().message;
}

std::string refused_field(const request& asked) {
  const auto written = k_tgi.write_request(asked, "m");
  return written ? "" : written.error().param;
}

TEST(tgi_request, is_a_prompt_with_parameters) {
  request asked = simple();
  EXPECT_EQ(body_of(asked), R"({"inputs":"User: Hi\n\nAssistant:","parameters":{"do_sample":true,"stop":["\n\nUser:"],)"
                            R"("details":true,"decoder_input_details":true,"return_full_text":false}})");
  EXPECT_EQ(k_tgi.write_request(asked, "m")->path, "/generate");
  asked.stream = true;
  EXPECT_EQ(k_tgi.write_request(asked, "m")->path, "/generate_stream");
  EXPECT_THAT(body_of(asked), testing::Not(HasSubstr("decoder_input_details")));
}

TEST(tgi_request, the_template_keeps_the_order) {
  request asked = simple();
  asked.messages.insert(asked.messages.begin(),
                        {.who = role::system, .parts = {text_part{.text = "A"}, text_part{.text = "B"}}});
  asked.messages.push_back(
      {.who = role::assistant, .parts = {dialogue::reasoning_part{.text = "hm"}, text_part{.text = "Hello."}}});
  asked.messages.push_back({.who = role::user, .parts = {text_part{.text = "Bye"}}});
  EXPECT_THAT(body_of(asked),
              HasSubstr(R"("System: A\nB\n\nUser: Hi\n\nAssistant: Hello.\n\nUser: Bye\n\nAssistant:")"));
  EXPECT_THAT(k_tgi.write_request(asked, "m")->losses, testing::ElementsAre("messages[2].parts[0]"));
}

TEST(tgi_request, sampling_that_means_off_is_left_out) {
  request asked = simple();
  asked.sample = {.temperature = 0.0, .top_p = 1.0, .top_k = 0, .seed = 7};
  EXPECT_THAT(body_of(asked), HasSubstr(R"("parameters":{"do_sample":false,"seed":7,"stop")"));
  asked.sample = {.temperature = 0.5, .top_p = 0.9, .top_k = 40, .frequency_penalty = 3.0, .repetition_penalty = 1.1};
  asked.tokens_max = 20;
  asked.stop = {"a", "b", "c", "d"};
  asked.logprobs = true;
  asked.format = {.kind = dialogue::format_kind::json_schema, .schema = R"({"type":"object"})"};
  EXPECT_THAT(body_of(asked), HasSubstr(R"({"do_sample":true,"temperature":0.5,"top_p":0.9,"top_k":40,)"
                                        R"("repetition_penalty":1.1,"frequency_penalty":2,"max_new_tokens":20,)"
                                        R"("stop":["a","b","c","d"],"grammar":{"type":"json","value":{"type":)"
                                        R"("object"}},"top_n_tokens":1,"details":true)"));
}

TEST(tgi_request, refuses_what_would_change_the_question) {
  const auto with = [](auto&& change) {
    request asked = simple();
    change(asked);
    return refused_field(asked);
  };
  EXPECT_EQ(with([](request& r) { r.tools = {{.name = "f"}}; }), "tools");
  EXPECT_EQ(with([](request& r) { r.choice.mode = dialogue::tool_mode::required; }), "choice");
  EXPECT_EQ(with([](request& r) { r.answers = 2; }), "answers");
  EXPECT_EQ(with([](request& r) { r.format.kind = dialogue::format_kind::json; }), "format");
  EXPECT_EQ(with([](request& r) { r.format = {.kind = dialogue::format_kind::json_schema, .schema = "x"}; }),
            "format.schema");
  EXPECT_EQ(with([](request& r) { r.extras = {{.name = "audio", .json = "{}", .essential = true}}; }), "audio");
  EXPECT_EQ(with([](request& r) { r.messages[0].parts.push_back(dialogue::media_part{.url = "u"}); }),
            "messages[0].parts[1]");
  EXPECT_EQ(with([](request& r) { r.messages[0].parts.push_back(dialogue::tool_call_part{.name = "f"}); }),
            "messages[0].parts[1]");
  EXPECT_EQ(with([](request& r) { r.messages.push_back({.who = role::tool}); }), "messages[1]");
}

TEST(tgi_request, names_what_it_drops) {
  request asked = simple();
  asked.messages[0].name = "eve";
  asked.messages[0].parts = {text_part{.text = "x", .cache_mark = dialogue::cache_life::hour_1}};
  asked.sample = {
      .top_p = -1.0, .min_p = 0.1, .presence_penalty = 1.0, .repetition_penalty = 0.0, .seed = -1, .logit_bias = "{}"};
  asked.reasoning = {.level = dialogue::effort::low, .budget_tokens = 5};
  asked.user = "u";
  asked.extras = {{.name = "store", .json = "true"}};
  const auto written = k_tgi.write_request(asked, "m");
  ASSERT_TRUE(written);
  EXPECT_THAT(written->losses,
              UnorderedElementsAre("messages[0].name", "messages[0].parts[0].cache_mark", "top_p", "min_p",
                                   "presence_penalty", "repetition_penalty", "seed", "logit_bias", "reasoning.level",
                                   "reasoning.budget_tokens", "user", "store"));
}

TEST(tgi_request, has_no_clients) {
  const auto read = k_tgi.read_request(R"({"inputs":"x"})", {});
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().kind, error_kind::invalid_request);
  EXPECT_EQ(read.error().message, "TGI's native protocol is spoken to backends only");
  EXPECT_THAT(k_tgi.write_answer({}, {}).losses, testing::ElementsAre("answer"));
  const auto writer = k_tgi.make_writer({});
  std::string out;
  writer->write({.kind = dialogue::event_kind::begin}, out);
  EXPECT_EQ(out, "");
  EXPECT_THAT(writer->losses(), testing::ElementsAre("answer"));
}

} // namespace
} // namespace inferenceflow::codecs::tgi
