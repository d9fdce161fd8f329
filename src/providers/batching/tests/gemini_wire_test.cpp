#include "providers/batching/tests/carry.h"

#include <gmock/gmock.h>

namespace inferenceflow::providers::batching {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const batch_wire& wire() {
  return *wire_of(dialogue::protocol::gemini);
}

outgoing_batch two_lines() {
  return {.mark = "m1",
          .path = "/v1beta/models/gemini-x:generateContent",
          .lines = {{"m1-1", R"({"contents":[]})"}, {"m1-2", R"({"contents":[1]})"}}};
}

TEST(gemini_wire, hands_requests_over_in_one_call) {
  EXPECT_TRUE(wire().takes(two_lines().path));
  EXPECT_FALSE(wire().takes("/v1beta/models/gemini-x:embedContent"));
  const auto matter = wire().submit(two_lines());
  const auto all = carry(*matter, {ok(R"({"name":"batches/a1","metadata":{"state":"BATCH_STATE_PENDING"}})")});
  ASSERT_TRUE(all.end && *all.end);
  EXPECT_EQ(matter->found.remote, "a1");
  EXPECT_THAT(all.sent, ElementsAre("POST /v1beta/models/gemini-x:batchGenerateContent"));
  EXPECT_EQ(
      all.requests[0].body,
      R"({"batch":{"display_name":"m1","input_config":{"requests":{"requests":[)"
      R"({"request":{"contents":[]},"metadata":{"key":"m1-1"}},{"request":{"contents":[1]},"metadata":{"key":"m1-2"}})"
      R"(]}}}})");
}

TEST(gemini_wire, finds_its_batch_by_display_name) {
  auto matter = wire().find({.mark = "m1", .lines = 2});
  auto all = carry(*matter, {ok(R"({"operations":[{"name":"batches/b","metadata":{"displayName":"x"}}],)"
                                R"("nextPageToken":"t/1="})"),
                             ok(R"({"operations":[{"name":"batches/a1","metadata":{"displayName":"m1"}}]})")});
  ASSERT_TRUE(all.end && *all.end);
  EXPECT_EQ(matter->found.remote, "a1");
  EXPECT_THAT(all.sent,
              ElementsAre("GET /v1beta/batches?pageSize=100", "GET /v1beta/batches?pageSize=100&pageToken=t%2F1%3D"));
  matter = wire().find({.mark = "m1", .lines = 2});
  all = carry(*matter, {ok("{}")});
  ASSERT_TRUE(all.end && *all.end);
  EXPECT_TRUE(matter->found.remote.empty());
  EXPECT_FALSE(matter->found.unsure);
}

TEST(gemini_wire, knows_the_ends) {
  for (const auto& [state, ended] :
       {std::pair{"BATCH_STATE_PENDING", false}, std::pair{"BATCH_STATE_RUNNING", false},
        std::pair{"BATCH_STATE_SUCCEEDED", true}, std::pair{"JOB_STATE_FAILED", true},
        std::pair{"BATCH_STATE_CANCELLED", true}, std::pair{"BATCH_STATE_EXPIRED", true}}) {
    const auto matter = wire().poll("a1");
    EXPECT_EQ(matter->ask().path, "/v1beta/batches/a1");
    ASSERT_TRUE(matter->take(ok(fmt::format(R"({{"name":"batches/a1","metadata":{{"state":"{}"}}}})", state))));
    EXPECT_EQ(matter->found.ended, ended) << state;
  }
  const auto done = wire().poll("a1");
  ASSERT_TRUE(done->take(ok(R"({"name":"batches/a1","done":true})")));
  EXPECT_TRUE(done->found.ended);
}

constexpr std::string_view k_answers =
    R"([{"metadata":{"key":"m1-2"},"response":{"candidates":[], "x":1.0}},)"
    R"({"metadata":{"key":"m1-1"},"error":{"code":3,"message":"bad","status":"INVALID_ARGUMENT"}},)"
    R"({"metadata":{"key":"m1-3"},"error":{"code":8,"message":"slow"}},{"metadata":{"key":"m1-4"}}, 7])";

TEST(gemini_wire, collects_answers_by_key_in_either_nesting) {
  for (const auto& body :
       {fmt::format(
            R"({{"name":"batches/a1","done":true,"response":{{"inlinedResponses":{{"inlinedResponses":{}}}}}}})",
            k_answers),
        fmt::format(R"({{"name":"batches/a1","response":{{"inlinedResponses":{}}}}})", k_answers),
        fmt::format(
            R"({{"name":"batches/a1","metadata":{{"output":{{"inlinedResponses":{{"inlinedResponses":{}}}}}}}}})",
            k_answers)}) {
    const auto matter = wire().collect("a1");
    ASSERT_TRUE(matter->take(ok(body)));
    const auto& results = matter->found.results;
    ASSERT_EQ(results.size(), 4U);
    EXPECT_EQ(results[0].name, "m1-2");
    EXPECT_EQ(results[0].verdict, line_verdict::answered);
    EXPECT_EQ(results[0].body, R"({"candidates":[], "x":1.0})");
    EXPECT_EQ(results[1].verdict, line_verdict::refused);
    EXPECT_EQ(results[1].status, 400);
    EXPECT_THAT(results[1].body, HasSubstr(R"("message":"bad","status":"INVALID_ARGUMENT")"));
    EXPECT_EQ(results[2].verdict, line_verdict::undone);
    EXPECT_EQ(results[3].verdict, line_verdict::undone);
  }
  const auto empty = wire().collect("a1");
  ASSERT_TRUE(empty->take(ok(R"({"name":"batches/a1","done":true,"error":{"code":13}})")));
  EXPECT_TRUE(empty->found.results.empty());
}

TEST(gemini_wire, cancels) {
  const auto matter = wire().call_back("a1");
  EXPECT_EQ(matter->ask().path, "/v1beta/batches/a1:cancel");
  EXPECT_TRUE(matter->take(ok("{}")));
}

TEST(gemini_wire, garbage_is_an_error) {
  expect_errors_for_garbage(wire(), two_lines());
}

} // namespace
} // namespace inferenceflow::providers::batching
