#include "app/cache_warm/json_members.h"
#include "app/cache_warm/warm_line.h"

#include <gmock/gmock.h>

namespace inferenceflow::app::cache_warm {
namespace {

using testing::HasSubstr;

warm_request good(std::string_view line, std::string_view model = "m") {
  const auto read = read_warm_line(line, model);
  EXPECT_TRUE(read.has_value() && read->has_value()) << line << ": " << (read ? "blank" : read.error().message);
  return read && *read ? **read : warm_request{};
}

std::string wrong(std::string_view line, std::string_view model = "m") {
  const auto read = read_warm_line(line, model);
  EXPECT_FALSE(read.has_value()) << line;
  return read ? "" : read.error().message;
}

TEST(warm_line, members_say_which_operation_it_is) {
  EXPECT_EQ(good(R"({"model":"a","messages":[]})").path, "/v1/chat/completions");
  EXPECT_EQ(good(R"({"model":"a","prompt":"x"})").path, "/v1/completions");
  EXPECT_EQ(good(R"({"model":"a","input":"x"})").path, "/v1/embeddings");
  const auto other = good(R"({"path": "/v1/messages", "body": {"model":"c", "messages": [ ]}})");
  EXPECT_EQ(other.path, "/v1/messages");
  EXPECT_EQ(other.body, R"({"model":"c", "messages": [ ]})");
}

TEST(warm_line, bodies_stay_as_they_are_written) {
  const std::string_view body = R"({"model":"a", "temperature": 0.10, "big": 123456789012345678901, "messages":[1e0]})";
  EXPECT_EQ(good(body).body, body);
}

TEST(warm_line, streaming_is_taken_out_and_nothing_else_changes) {
  EXPECT_EQ(
      good(
          R"( {"stream":true,"model":"a","temperature":0.10,"stream_options":{"include_usage":true},"messages":[{"stream":1}]} )")
          .body,
      R"({"model":"a","temperature":0.10,"messages":[{"stream":1}]})");
  EXPECT_EQ(good(R"({"model":"a","messages":"}],\"","str\u0065am":[{"a":"]}"}]})").body,
            R"({"model":"a","messages":"}],\""})");
  const auto gemini = good(R"({"path":"/v1beta/models/g:streamGenerateContent","body":{}})");
  EXPECT_EQ(gemini.path, "/v1beta/models/g:generateContent");
  EXPECT_EQ(good(R"({"path":"/model/a/converse-stream","body":{}})").path, "/model/a/converse");
}

TEST(warm_line, of_a_member_that_is_there_twice_the_last_counts) {
  EXPECT_EQ(good(R"({"path":"/a","body":{"x":1},"body":{"x":2}})").body, R"({"x":2})");
}

TEST(warm_line, model_is_filled_in_where_none_is_named) {
  EXPECT_EQ(good(R"({"messages":[]})", "a\"b").body, R"({"model":"a\"b","messages":[]})");
  EXPECT_THAT(wrong(R"({"messages":[]})", ""), HasSubstr("names no model"));
  EXPECT_EQ(good(R"({"model":"own","messages":[]})", "m").body, R"({"model":"own","messages":[]})");
}

TEST(warm_line, text_is_a_question) {
  const std::string asked = R"({"model":"m","messages":[{"role":"user","content":"Where is \"it\"?"}]})";
  EXPECT_EQ(good(R"(Where is "it"?)").body, asked);
  EXPECT_EQ(good("  Where is \"it\"?\t\r").body, asked);
  EXPECT_EQ(good(R"("Where is \"it\"?")").body, asked);
  EXPECT_EQ(good("7 apples?").path, "/v1/chat/completions");
  EXPECT_THAT(wrong("Where?", ""), HasSubstr("--model"));
}

TEST(warm_line, blank_lines_are_nothing) {
  for (const char* line : {"", "  ", "\t\r"}) {
    const auto read = read_warm_line(line, "");
    EXPECT_TRUE(read.has_value() && !read->has_value());
  }
}

TEST(warm_line, what_is_wrong_is_said) {
  EXPECT_THAT(wrong("{\"messages\":"), HasSubstr("not JSON"));
  EXPECT_THAT(wrong("{} {}"), HasSubstr("not JSON"));
  EXPECT_THAT(wrong("\"open"), HasSubstr("not JSON"));
  EXPECT_THAT(wrong("[1]"), HasSubstr("an array"));
  EXPECT_THAT(wrong("{}"), HasSubstr("has none of messages"));
  EXPECT_THAT(wrong(R"({"path":"/v1/messages"})"), HasSubstr("body an object"));
  EXPECT_THAT(wrong(R"({"path":"v1","body":{}})"), HasSubstr("must begin with /"));
  EXPECT_THAT(wrong(R"({"path":"/a b","body":{}})"), HasSubstr("must begin with /"));
  EXPECT_THAT(wrong(R"({"path":"/a\r\nx: y","body":{}})"), HasSubstr("must begin with /"));
  EXPECT_THAT(wrong(R"({"path":1,"body":{}})"), HasSubstr("path must be a string"));
  EXPECT_THAT(wrong("caf\xe9"), HasSubstr("UTF-8"));
  EXPECT_THAT(wrong("{\"input\":" + std::string(100'000, '[') + std::string(100'000, ']') + "}"),
              HasSubstr("not JSON"));
}

TEST(warm_line, kept_body_that_is_no_object_is_refused) {
  EXPECT_FALSE(unstreamed("/v1/messages", "[]").has_value());
  EXPECT_FALSE(unstreamed("/v1/messages", "").has_value());
  EXPECT_TRUE(unstreamed("/v1/messages", " {} ").has_value());
}

TEST(json_members, come_as_written) {
  const auto members = members_of(" { \"a\\\"\" : { \"x\" : [1,{}] } ,\"b\":\"}, \\\\\"\n, \"c\":-1.0e5 } ");
  ASSERT_EQ(members.size(), 3U);
  EXPECT_EQ(members[0].key, "a\\\"");
  EXPECT_EQ(members[0].value, "{ \"x\" : [1,{}] }");
  EXPECT_EQ(members[1].value, "\"}, \\\\\"");
  EXPECT_EQ(members[2].value, "-1.0e5");
  EXPECT_TRUE(members_of("{ }").empty());
  EXPECT_EQ(object_of(members_of("{ }")), "{}");
}

} // namespace
} // namespace inferenceflow::app::cache_warm
