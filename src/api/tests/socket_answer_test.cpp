#include "api/socket_answer.h"

#include <cstddef>
#include <gtest/gtest.h>
#include <string>
#include <string_view>
#include <vector>

namespace inferenceflow::api {
namespace {

constexpr std::string_view k_stream_head = "x-request-id: r1\r\nContent-Type: text/event-stream; charset=utf-8\r\n"
                                           "Cache-Control: no-cache\r\nTrailer: x-inferenceflow-cost\r\n"
                                           "Access-Control-Allow-Origin: *\r\nx-inferenceflow-cache: miss\r\n";
constexpr std::string_view k_done = R"({"type":"done","id":"a","status":200,"headers":{"x-request-id":"r1",)"
                                    R"("x-inferenceflow-cache":"miss","x-inferenceflow-cost":"0.5"}})";
constexpr std::string_view k_cost = "x-inferenceflow-cost: 0.5\r\n";

class socket_answers : public testing::Test {
protected:
  /// Messages of the events in `bytes`, given in pieces of `step`.
  std::vector<std::string> events(std::string_view bytes, std::size_t step = 1'000) {
    std::vector<std::string> messages;
    for (std::size_t at = 0; at < bytes.size(); at += step) {
      EXPECT_TRUE(answer_.add(bytes.substr(at, step), [&](std::string one) { messages.push_back(std::move(one)); }));
    }
    return messages;
  }

  wire::json::token_index index_;
  socket_answer answer_{index_, "a", 100};
};

TEST_F(socket_answers, a_stream_is_an_event_each_and_done) {
  answer_.begin(200, k_stream_head);
  EXPECT_TRUE(answer_.streams());
  const auto got = events("data: {\"n\":1}\n\n: beat\n\nevent: end\ndata: {\"n\":\ndata: 2}\n\ndata: [DONE]\n\n", 1);
  ASSERT_EQ(got.size(), 2U);
  EXPECT_EQ(got[0], R"({"type":"event","id":"a","data":{"n":1}})");
  EXPECT_EQ(got[1], "{\"type\":\"event\",\"id\":\"a\",\"event\":\"end\",\"data\":{\"n\":\n2}}");
  EXPECT_EQ(answer_.end(k_cost), k_done);
}

TEST_F(socket_answers, an_event_that_is_not_json_becomes_a_string) {
  answer_.begin(200, k_stream_head);
  const auto got = events("data: {\"n\":\n\ndata: he said \"x\"\n\ndata: [1] [2]\n\ndata: 7\n\n");
  ASSERT_EQ(got.size(), 4U);
  EXPECT_EQ(got[0], R"({"type":"event","id":"a","data":"{\"n\":"})");
  EXPECT_EQ(got[1], R"({"type":"event","id":"a","data":"he said \"x\""})");
  EXPECT_EQ(got[2], R"({"type":"event","id":"a","data":"[1] [2]"})");
  EXPECT_EQ(got[3], R"({"type":"event","id":"a","data":7})");
}

TEST_F(socket_answers, an_error_within_a_stream_ends_it) {
  answer_.begin(200, k_stream_head);
  const auto got = events("data: {\"error\":null}\n\ndata: {\"type\":\"error\", \"error\" : {\"message\":\"m\"} }\n\n");
  EXPECT_EQ(got.size(), 1U) << "null is no error";
  EXPECT_EQ(answer_.end(k_cost),
            R"({"type":"error","id":"a","status":200,"error":{"message":"m"},"headers":{)"
            R"("x-request-id":"r1","x-inferenceflow-cache":"miss","x-inferenceflow-cost":"0.5"}})");
}

TEST_F(socket_answers, a_document_is_one_event) {
  answer_.begin(200, "Content-Type: application/json\r\n");
  EXPECT_FALSE(answer_.streams());
  EXPECT_EQ(answer_.document("{\"x\": 1}"), R"({"type":"event","id":"a","data":{"x": 1}})");
  EXPECT_EQ(answer_.end({}), R"({"type":"done","id":"a","status":200,"headers":{}})");
}

TEST_F(socket_answers, an_error_document_is_told_at_the_end) {
  answer_.begin(429, "Content-Type: application/json\r\nRetry-After: 3\r\n");
  EXPECT_EQ(answer_.document(R"({"error":{"message":"slow"}})"), std::nullopt);
  EXPECT_EQ(answer_.end({}),
            R"({"type":"error","id":"a","status":429,"error":{"message":"slow"},"headers":{"retry-after":"3"}})");
}

TEST_F(socket_answers, an_error_of_another_form_is_kept_whole) {
  answer_.begin(400, {});
  EXPECT_EQ(answer_.document(R"({"message":"wrong"})"), std::nullopt);
  EXPECT_EQ(answer_.end({}), R"({"type":"error","id":"a","status":400,"error":{"message":"wrong"},"headers":{}})");
  socket_answer plain{index_, "b", 100};
  plain.begin(502, {});
  EXPECT_EQ(plain.document("<html>"), std::nullopt);
  EXPECT_EQ(plain.end({}), R"({"type":"error","id":"b","status":502,"error":{"message":"<html>"},"headers":{}})");
}

TEST_F(socket_answers, trailers_win_over_the_head) {
  answer_.begin(200, "x-a: 1\r\nx-b: 2\r\n");
  EXPECT_EQ(answer_.end("X-A: 3\r\n"), R"({"type":"done","id":"a","status":200,"headers":{"x-a":"3","x-b":"2"}})");
}

TEST_F(socket_answers, an_event_without_end_is_bounded) {
  answer_.begin(200, k_stream_head);
  EXPECT_FALSE(answer_.add("data: " + std::string(200, 'x'), [](const std::string&) { FAIL(); }));
}

TEST_F(socket_answers, failing_says_why) {
  answer_.fail(make_error(error_kind::cancelled, "cancelled"));
  EXPECT_EQ(answer_.end({}), R"({"type":"error","id":"a","status":499,"error":{"message":"cancelled","type":)"
                             R"("invalid_request_error","param":null,"code":"cancelled"},"headers":{}})");
  EXPECT_EQ(socket_error("", make_error(error_kind::conflict, "twice", "id")),
            R"({"type":"error","id":null,"status":409,"error":{"message":"twice","type":"invalid_request_error",)"
            R"("param":"id","code":"conflict"}})");
}

} // namespace
} // namespace inferenceflow::api
