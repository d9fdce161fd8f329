#include "api/simple_request.h"

#include <boost/json/parse.hpp>
#include <fmt/format.h>
#include <gtest/gtest.h>

namespace inferenceflow::api {
namespace {

namespace json = boost::json;

TEST(simple_request, reads_every_field_of_inference) {
  const auto got = read_simple(simple_kind::inference,
                               R"({"prompt":"p","model_preference":"a","model":"b","max_tokens":7,"temperature":0.5,
                                   "stream":true,"priority":"low","use_cache":false,"user_id":"u","metadata":{"k":[1]}})");
  ASSERT_TRUE(got) << got.error().message;
  EXPECT_EQ(got->model, "b") << "model wins over model_preference";
  EXPECT_EQ(got->max_tokens, 7);
  EXPECT_EQ(got->temperature, 0.5);
  EXPECT_TRUE(got->stream);
  EXPECT_EQ(got->use_cache, false);
  EXPECT_EQ(got->user, "u");
  EXPECT_EQ(got->lane, service_lane::batch);
  EXPECT_TRUE(got->metadata.contains("k"));
}

TEST(simple_request, a_priority_is_a_lane_by_either_of_its_names) {
  const std::pair<const char*, service_lane> names[] = {
      {"express", service_lane::express}, {"high", service_lane::express}, {"standard", service_lane::standard},
      {"normal", service_lane::standard}, {"batch", service_lane::batch},  {"low", service_lane::batch}};
  for (const auto& [name, lane] : names) {
    const auto got =
        read_simple(simple_kind::inference, fmt::format(R"({{"prompt":"p","priority":"{}","deadline_ms":5}})", name));
    ASSERT_TRUE(got) << name;
    EXPECT_EQ(got->lane, lane) << name;
    EXPECT_EQ(got->deadline_ms, 5);
  }
  EXPECT_FALSE(read_simple(simple_kind::inference, R"({"prompt":"p","priority":null})")->lane);
}

TEST(simple_request, names_the_field_at_fault) {
  const std::pair<const char*, const char*> wrong[] = {
      {R"({})", "prompt"},
      {R"({"prompt":""})", "prompt"},
      {R"({"prompt":5})", "prompt"},
      {R"({"prompt":"p","temperature":2.1})", "temperature"},
      {R"({"prompt":"p","temperature":"hot"})", "temperature"},
      {R"({"prompt":"p","max_tokens":0})", "max_tokens"},
      {R"({"prompt":"p","max_tokens":1.5})", "max_tokens"},
      {R"({"prompt":"p","stream":1})", "stream"},
      {R"({"prompt":"p","priority":"asap"})", "priority"},
      {R"({"prompt":"p","priority":1})", "priority"},
      {R"({"prompt":"p","deadline_ms":0})", "deadline_ms"},
      {R"({"prompt":"p","deadline_ms":-5})", "deadline_ms"},
      {R"({"prompt":"p","deadline_ms":"soon"})", "deadline_ms"},
      {R"({"prompt":"p","deadline_ms":999999999999})", "deadline_ms"},
      {R"({"prompt":"p","use_cache":"yes"})", "use_cache"},
      {R"({"prompt":"p","metadata":[]})", "metadata"},
      {R"({"prompt":"p","model":""})", "model"},
  };
  for (const auto& [body, field] : wrong) {
    const auto got = read_simple(simple_kind::inference, body);
    ASSERT_FALSE(got) << body;
    EXPECT_EQ(got.error().kind, error_kind::invalid_request);
    EXPECT_EQ(got.error().param, field) << body;
  }
  for (const char* body : {"", "[]", "{", "\"x\"", "nul"}) {
    EXPECT_FALSE(read_simple(simple_kind::inference, body)) << body;
  }
  EXPECT_FALSE(read_simple(simple_kind::generate, R"({"prompt":"p","max_length":0})"));
  EXPECT_FALSE(read_simple(simple_kind::inference, std::string(100, '[')));
}

TEST(simple_request, becomes_a_chat_completion) {
  simple_request asked;
  asked.prompt = "say \"hi\"\n";
  asked.max_tokens = 3;
  asked.stream = true;
  asked.user = "u";
  const json::value chat = json::parse(as_chat_body(asked, "fallback"));
  EXPECT_EQ(chat.at("model").as_string(), "fallback");
  EXPECT_EQ(chat.at("messages").at(0).at("content").as_string(), "say \"hi\"\n");
  EXPECT_EQ(chat.at("max_tokens").as_int64(), 3);
  EXPECT_EQ(chat.at("user").as_string(), "u");
  EXPECT_TRUE(chat.at("stream_options").at("include_usage").as_bool());
  EXPECT_FALSE(chat.as_object().contains("temperature"));
}

} // namespace
} // namespace inferenceflow::api
