#include "batches/line_reader.h"

#include <gtest/gtest.h>
#include <string>

namespace inferenceflow::batches {
namespace {

constexpr std::string_view k_chat = "/v1/chat/completions";

std::string line_of(std::string_view id, std::string_view body = R"({"model":"m"})") {
  return R"({"custom_id":")" + std::string{id} + R"(","method":"POST","url":"/v1/chat/completions","body":)" +
         std::string{body} + "}";
}

TEST(line_reader, keeps_the_body_byte_for_byte) {
  const std::string line = line_of("a\\u00e9", R"({ "model" : "m", "n": 1.0 })");
  const auto got = read_line(line, k_chat);
  const auto* request = std::get_if<line_request>(&got);
  ASSERT_NE(request, nullptr);
  EXPECT_EQ(request->custom_id, "a\xc3\xa9");
  EXPECT_EQ(request->body, R"({ "model" : "m", "n": 1.0 })");
}

TEST(line_reader, names_what_is_wrong_with_a_line) {
  const std::tuple<std::string, const char*, const char*> wrong[] = {
      {"not json", "invalid_json_line", ""},
      {"[1]", "invalid_json_line", ""},
      {line_of("a") + " x", "invalid_json_line", ""},
      {std::string(100, '['), "invalid_json_line", ""},
      {R"({"method":"POST","url":"/v1/chat/completions","body":{}})", "missing_required_parameter", "custom_id"},
      {R"({"custom_id":7,"method":"POST","url":"/v1/chat/completions","body":{}})", "invalid_custom_id", "custom_id"},
      {line_of(""), "invalid_custom_id", "custom_id"},
      {line_of(std::string(513, 'x')), "invalid_custom_id", "custom_id"},
      {R"({"custom_id":"a","url":"/v1/chat/completions","body":{}})", "missing_required_parameter", "method"},
      {R"({"custom_id":"a","method":"GET","url":"/v1/chat/completions","body":{}})", "invalid_method", "method"},
      {R"({"custom_id":"a","method":"POST","body":{}})", "missing_required_parameter", "url"},
      {R"({"custom_id":"a","method":"POST","url":"/v1/embeddings","body":{}})", "url_mismatch", "url"},
      {R"({"custom_id":"a","method":"POST","url":"/v1/chat/completions"})", "missing_required_parameter", "body"},
      {R"({"custom_id":"a","method":"POST","url":"/v1/chat/completions","body":"x"})", "missing_required_parameter",
       "body"},
  };
  for (const auto& [line, code, param] : wrong) {
    const auto got = read_line(line, k_chat);
    const auto* why = std::get_if<line_error>(&got);
    ASSERT_NE(why, nullptr) << line;
    EXPECT_EQ(why->code, code) << line;
    EXPECT_EQ(why->param, param) << line;
    EXPECT_FALSE(why->message.empty());
  }
}

TEST(line_reader, counts_lines_from_one_and_leaves_empty_ones_out) {
  const auto got = read_file("\xef\xbb\xbf" + line_of("a") + "\r\n\n  \n" + line_of("b"), k_chat, 10);
  EXPECT_TRUE(got.errors.empty()) << to_json(got.errors);
  ASSERT_EQ(got.requests.size(), 2U);
  EXPECT_EQ(got.requests[0].first, 1);
  EXPECT_EQ(got.requests[1].first, 4);
}

TEST(line_reader, reports_every_bad_line_up_to_a_bound) {
  const auto got = read_file(line_of("a") + "\nnope\n" + line_of("a") + "\n" + line_of("b") + "\n", k_chat, 10);
  ASSERT_EQ(got.errors.size(), 2U);
  EXPECT_EQ(got.errors[0].code, "invalid_json_line");
  EXPECT_EQ(got.errors[0].line, 2);
  EXPECT_EQ(got.errors[1].code, "duplicate_custom_id");
  EXPECT_EQ(got.errors[1].line, 3);
  std::string many;
  for (int i = 0; i < 500; ++i) {
    many += "x\n";
  }
  EXPECT_EQ(read_file(many, k_chat, 1'000).errors.size(), k_errors_max);
}

TEST(line_reader, bounds_the_lines_and_wants_one) {
  const auto over = read_file(line_of("a") + "\n" + line_of("b") + "\n" + line_of("c"), k_chat, 2);
  ASSERT_EQ(over.errors.size(), 1U);
  EXPECT_EQ(over.errors[0].code, "too_many_tasks");
  EXPECT_TRUE(read_file(line_of("a") + "\n" + line_of("b") + "\n\n", k_chat, 2).errors.empty());
  for (const char* empty : {"", "\n", " \r\n\t\n"}) {
    const auto got = read_file(empty, k_chat, 2);
    ASSERT_EQ(got.errors.size(), 1U);
    EXPECT_EQ(got.errors[0].code, "empty_file");
  }
}

TEST(line_reader, writes_errors_as_openai_does) {
  EXPECT_EQ(to_json({{.code = "c", .message = "m \"q\"", .param = "p", .line = 3},
                     {.code = "d", .message = "n", .param = "", .line = 0}}),
            R"([{"code":"c","message":"m \"q\"","param":"p","line":3},)"
            R"({"code":"d","message":"n","param":null,"line":null}])");
}

} // namespace
} // namespace inferenceflow::batches
