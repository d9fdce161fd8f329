#include "providers/local/body_fields.h"
#include "providers/local/embedding_request.h"
#include "providers/local/text_answer.h"

#include <boost/json/parse.hpp>
#include <gtest/gtest.h>
#include <string>

namespace inferenceflow::providers::local {
namespace {

answer_head head_of(bool chat, bool usage_fields = false) {
  return {chat, chat ? "chatcmpl-1" : "cmpl-1", 1700000000, "public \"name\"", "fp_1", usage_fields};
}

// The one event in `text`, parsed.
boost::json::object event(const std::string& text) {
  EXPECT_EQ(text.substr(0, 6), "data: ");
  EXPECT_EQ(text.substr(text.size() - 2), "\n\n");
  EXPECT_EQ(text.find('\n'), text.size() - 2) << "one line";
  return boost::json::parse(text.substr(6)).as_object();
}

TEST(text_answer, a_chat_document) {
  const auto document =
      boost::json::parse(
          render_document(head_of(true), {{"hello\n\"you\"", {}, engine::end_reason::length}}, false, {12, 3}))
          .as_object();
  EXPECT_EQ(document.at("object"), "chat.completion");
  EXPECT_EQ(document.at("id"), "chatcmpl-1");
  EXPECT_EQ(document.at("created"), 1700000000);
  EXPECT_EQ(document.at("model"), "public \"name\"");
  EXPECT_EQ(document.at("system_fingerprint"), "fp_1");
  const auto& choice = document.at("choices").at(0);
  EXPECT_EQ(choice.at("index"), 0);
  EXPECT_EQ(choice.at("message").at("role"), "assistant");
  EXPECT_EQ(choice.at("message").at("content"), "hello\n\"you\"");
  EXPECT_TRUE(choice.at("logprobs").is_null());
  EXPECT_EQ(choice.at("finish_reason"), "length");
  EXPECT_EQ(document.at("usage").at("prompt_tokens"), 12);
  EXPECT_EQ(document.at("usage").at("completion_tokens"), 3);
  EXPECT_EQ(document.at("usage").at("total_tokens"), 15);
}

TEST(text_answer, a_completion_document_with_logprobs) {
  const collected_choice choice{"h\xC3\xA9!",
                                {{"h\xC3\xA9", -0.5F, {{"h\xC3\xA9", -0.5F}, {"x", -2.0F}}}, {"!", -1.0F, {}}},
                                engine::end_reason::stop};
  const auto document = boost::json::parse(render_document(head_of(false), {choice}, true, {1, 2})).as_object();
  EXPECT_EQ(document.at("object"), "text_completion");
  const auto& entry = document.at("choices").at(0);
  EXPECT_EQ(entry.at("text"), "h\xC3\xA9!");
  EXPECT_EQ(entry.at("logprobs").at("tokens").as_array().size(), 2U);
  EXPECT_EQ(entry.at("logprobs").at("text_offset").at(1), 2) << "characters, not bytes";
  EXPECT_EQ(entry.at("logprobs").at("top_logprobs").at(0).at("x").to_number<double>(), -2.0);
}

TEST(text_answer, chat_logprobs_carry_bytes_of_split_characters) {
  const collected_choice choice{
      "\xE2\x82\xAC", {{"\xE2\x82", -0.5F, {}}, {"\xAC", -0.25F, {}}}, engine::end_reason::stop};
  const auto document = boost::json::parse(render_document(head_of(true), {choice}, true, {1, 2}));
  const auto& content = document.at("choices").at(0).at("logprobs").at("content");
  EXPECT_EQ(content.at(0).at("bytes").at(0), 0xE2);
  EXPECT_EQ(content.at(0).at("token"), "\xEF\xBF\xBD");
  EXPECT_EQ(content.at(1).at("bytes").at(0), 0xAC);
  EXPECT_TRUE(content.at(1).at("top_logprobs").as_array().empty());
}

TEST(text_answer, chat_events) {
  const auto start = event(render_start(head_of(true), 1));
  EXPECT_EQ(start.at("object"), "chat.completion.chunk");
  EXPECT_EQ(start.at("choices").at(0).at("index"), 1);
  EXPECT_EQ(start.at("choices").at(0).at("delta").at("role"), "assistant");
  EXPECT_TRUE(start.at("choices").at(0).at("finish_reason").is_null());
  EXPECT_EQ(start.find("usage"), start.end());
  const auto delta = event(render_delta(head_of(true), 0, {0, "a\nb", {}, {}}, false, 0));
  EXPECT_EQ(delta.at("choices").at(0).at("delta").at("content"), "a\nb");
  const auto end = event(render_end(head_of(true), 0, engine::end_reason::stop));
  EXPECT_TRUE(end.at("choices").at(0).at("delta").as_object().empty());
  EXPECT_EQ(end.at("choices").at(0).at("finish_reason"), "stop");
}

TEST(text_answer, completion_events) {
  EXPECT_EQ(render_start(head_of(false), 0), "");
  const auto delta = event(render_delta(head_of(false), 2, {0, "x", {{"x", -1.0F, {}}}, {}}, true, 5));
  EXPECT_EQ(delta.at("object"), "text_completion");
  EXPECT_EQ(delta.at("choices").at(0).at("text"), "x");
  EXPECT_EQ(delta.at("choices").at(0).at("logprobs").at("text_offset").at(0), 5);
}

TEST(text_answer, usage_is_null_in_every_event_but_the_last_when_asked_for) {
  EXPECT_TRUE(event(render_start(head_of(true, true), 0)).at("usage").is_null());
  EXPECT_TRUE(event(render_end(head_of(true, true), 0, engine::end_reason::stop)).at("usage").is_null());
  const auto last = event(render_usage(head_of(true, true), {4, 6}));
  EXPECT_TRUE(last.at("choices").as_array().empty());
  EXPECT_EQ(last.at("usage").at("total_tokens"), 10);
  EXPECT_EQ(event(render_usage(head_of(true), {4, 6})).at("usage").at("prompt_tokens"), 4);
}

TEST(base64, known_values) {
  EXPECT_EQ(to_base64(""), "");
  EXPECT_EQ(to_base64("f"), "Zg==");
  EXPECT_EQ(to_base64("fo"), "Zm8=");
  EXPECT_EQ(to_base64("foo"), "Zm9v");
  EXPECT_EQ(to_base64("foobar"), "Zm9vYmFy");
  EXPECT_EQ(to_base64(std::string("\0\xFF\xFE", 3)), "AP/+");
}

result<embedding_call> embedding(const std::string& fields) {
  return parse_embedding_request(parse_body(R"({"model":"m")" + fields + "}").value());
}

TEST(embedding_request, inputs) {
  EXPECT_EQ(embedding(R"(,"input":"x")").value().request.inputs.size(), 1U);
  EXPECT_EQ(embedding(R"(,"input":["x","y"])").value().request.inputs.size(), 2U);
  EXPECT_EQ(embedding(R"(,"input":[1,2,3])").value().request.inputs.size(), 1U);
  EXPECT_EQ(embedding(R"(,"input":[[1],[2,3]])").value().request.inputs.size(), 2U);
  EXPECT_EQ(embedding("").error().param, "input");
  EXPECT_EQ(embedding(R"(,"input":"")").error().param, "input");
  EXPECT_EQ(embedding(R"(,"input":[])").error().param, "input");
  EXPECT_EQ(embedding(R"(,"input":["x",""])").error().param, "input[1]");
  EXPECT_EQ(embedding(R"(,"input":["x",1])").error().param, "input[1]");
  EXPECT_EQ(embedding(R"(,"input":[1,"x"])").error().param, "input");
  EXPECT_EQ(embedding(R"(,"input":"x","encoding_format":"hex")").error().param, "encoding_format");
  EXPECT_EQ(embedding(R"(,"input":"x","dimensions":0)").error().param, "dimensions");
}

TEST(embedding_answer, floats_and_base64_say_the_same) {
  const engine::embedding_answer answer{{{0.5F, -1.0F}, {1.0F, 0.0F}}, 9, 0};
  auto call = embedding(R"(,"input":["x","y"])").value();
  const auto floats = boost::json::parse(render_embeddings(call, answer, "m").value());
  EXPECT_EQ(floats.at("object"), "list");
  EXPECT_EQ(floats.at("data").at(1).at("index"), 1);
  EXPECT_EQ(floats.at("data").at(0).at("embedding").at(0).to_number<double>(), 0.5);
  EXPECT_EQ(floats.at("usage").at("prompt_tokens"), 9);
  EXPECT_EQ(floats.at("model"), "m");
  call.base64 = true;
  EXPECT_EQ(boost::json::parse(render_embeddings(call, answer, "m").value()).at("data").at(0).at("embedding"),
            "AAAAPwAAgL8=");
}

TEST(embedding_answer, other_dimensions_are_refused) {
  const engine::embedding_answer answer{{{0.5F, -1.0F}}, 1, 0};
  EXPECT_TRUE(render_embeddings(embedding(R"(,"input":"x","dimensions":2)").value(), answer, "m").has_value());
  const auto refused = render_embeddings(embedding(R"(,"input":"x","dimensions":3)").value(), answer, "m");
  ASSERT_TRUE(refused.has_error());
  EXPECT_EQ(refused.error().param, "dimensions");
}

} // namespace
} // namespace inferenceflow::providers::local
