#include "wire/openai/request_edit.h"

#include <gtest/gtest.h>
#include <utility>

namespace inferenceflow::wire::openai {
namespace {

/// The edited body, after checking that it scans and that its pieces add up.
std::string edited(const std::string& body, std::string_view model, bool include_usage) {
  request_scanner scanner;
  const auto facts = scanner.scan(operation::chat, body, 0);
  EXPECT_TRUE(facts.has_value()) << body;
  request_edit made{body, *facts, model, include_usage};
  const request_edit moved = std::move(made); // pieces must survive a move
  std::string joined = moved.joined();
  EXPECT_EQ(joined.size(), moved.size_bytes());
  EXPECT_EQ(moved.changed(), joined != body);
  request_scanner again;
  const auto rescanned = again.scan(operation::chat, joined, 0);
  EXPECT_TRUE(rescanned.has_value()) << joined;
  if (rescanned && include_usage) {
    EXPECT_TRUE(rescanned->include_usage) << joined;
  }
  if (rescanned && !model.empty()) {
    EXPECT_EQ(rescanned->model, model) << joined;
  }
  return joined;
}

std::string body_with(std::string_view fields) {
  return R"({"model":"m","messages":[{"role":"user","content":"hi"}])" + std::string{fields} + "}";
}

TEST(request_edit, an_unchanged_body_is_one_piece_of_the_same_memory) {
  const std::string body = body_with(R"(,"stream":true,"stream_options":{"include_usage":true})");
  request_scanner scanner;
  const auto facts = scanner.scan(operation::chat, body, 0);
  ASSERT_TRUE(facts.has_value());
  const request_edit edit{body, *facts, "m", true};
  ASSERT_EQ(edit.pieces().size(), 1U);
  EXPECT_EQ(edit.pieces()[0].data(), body.data());
  EXPECT_EQ(edit.pieces()[0].size(), body.size());
  EXPECT_FALSE(edit.changed());
  EXPECT_FALSE(edit.added_include_usage());
}

TEST(request_edit, replaces_the_model_and_nothing_else) {
  EXPECT_EQ(edited(R"( {"messages":[{"role":"user"}], "model" :  "old" } )", "new", false),
            R"( {"messages":[{"role":"user"}], "model" :  "new" } )");
  EXPECT_EQ(edited(R"({"model":"a\/b","messages":[{"role":"user"}]})", "a/b", false),
            R"({"model":"a\/b","messages":[{"role":"user"}]})");
}

TEST(request_edit, escapes_the_model) {
  EXPECT_EQ(edited(R"({"model":"m","messages":[{"role":"u"}]})", "q\"\\\n\xC3\xA9", false),
            "{\"model\":\"q\\\"\\\\\\n\xC3\xA9\",\"messages\":[{\"role\":\"u\"}]}");
}

TEST(request_edit, adds_include_usage_in_every_shape) {
  EXPECT_EQ(edited(body_with(""), "", true), R"({"stream_options":{"include_usage":true},)" + body_with("").substr(1));
  EXPECT_EQ(edited(body_with(R"(,"stream_options":null)"), "", true),
            body_with(R"(,"stream_options":{"include_usage":true})"));
  EXPECT_EQ(edited(body_with(R"(,"stream_options":{ })"), "", true),
            body_with(R"(,"stream_options":{"include_usage":true})"));
  EXPECT_EQ(edited(body_with(R"(,"stream_options":{"include_usage":false,"x":1})"), "", true),
            body_with(R"(,"stream_options":{"include_usage":true,"x":1})"));
  EXPECT_EQ(edited(body_with(R"(,"stream_options":{"include_usage":null})"), "", true),
            body_with(R"(,"stream_options":{"include_usage":true})"));
  EXPECT_EQ(edited(body_with(R"(,"stream_options":{ "include_obfuscation":false})"), "", true),
            body_with(R"(,"stream_options":{"include_usage":true, "include_obfuscation":false})"));
}

TEST(request_edit, edits_both_in_either_order) {
  EXPECT_EQ(edited(R"({"stream_options":{},"model":"m","messages":[{"role":"u"}]})", "x", true),
            R"({"stream_options":{"include_usage":true},"model":"x","messages":[{"role":"u"}]})");
  EXPECT_EQ(edited(R"({"model":"m","messages":[{"role":"u"}],"stream_options":{}})", "x", true),
            R"({"model":"x","messages":[{"role":"u"}],"stream_options":{"include_usage":true}})");
  EXPECT_EQ(edited(R"({"model":"m","messages":[{"role":"u"}]})", "x", true),
            R"({"stream_options":{"include_usage":true},"model":"x","messages":[{"role":"u"}]})");
}

} // namespace
} // namespace inferenceflow::wire::openai
