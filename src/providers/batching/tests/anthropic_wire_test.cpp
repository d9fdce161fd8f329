#include "providers/batching/tests/carry.h"

#include <gmock/gmock.h>

namespace inferenceflow::providers::batching {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const batch_wire& wire() {
  return *wire_of(dialogue::protocol::anthropic);
}

outgoing_batch two_lines() {
  return {.mark = "m1",
          .path = "/v1/messages",
          .lines = {{"m1-1", R"({"model":"claude","max_tokens":5})"}, {"m1-2", R"({"model":"claude"})"}}};
}

std::string batch(std::string_view id, std::string_view status, std::string_view created, int lines) {
  return fmt::format(
      R"({{"id":"{}","type":"message_batch","processing_status":"{}","created_at":"{}","request_counts":)"
      R"({{"processing":1,"succeeded":{},"errored":0,"canceled":0,"expired":0}},"results_url":null}})",
      id, status, created, lines - 1);
}

std::string page(const std::vector<std::string>& batches, bool more, std::string_view last) {
  return fmt::format(R"({{"data":[{}],"has_more":{},"first_id":null,"last_id":"{}"}})", fmt::join(batches, ","), more,
                     last);
}

constexpr std::int64_t k_created_s = 1'727'203'044; // 2024-09-24T18:37:24Z
constexpr std::string_view k_later = "2024-09-24T18:37:30.100435Z";

TEST(anthropic_wire, hands_requests_over_in_one_call) {
  const auto matter = wire().submit(two_lines());
  const auto all = carry(*matter, {ok(batch("msgbatch_1", "in_progress", k_later, 2))});
  ASSERT_TRUE(all.end && *all.end);
  EXPECT_EQ(matter->found.remote, "msgbatch_1");
  EXPECT_THAT(all.sent, ElementsAre("POST /v1/messages/batches"));
  EXPECT_EQ(all.requests[0].body, R"({"requests":[{"custom_id":"m1-1","params":{"model":"claude","max_tokens":5}},)"
                                  R"({"custom_id":"m1-2","params":{"model":"claude"}}]})");
}

TEST(anthropic_wire, finds_its_batch_by_the_names_of_its_lines) {
  const auto matter = wire().find({.mark = "m1", .lines = 2, .created_s = k_created_s, .others = {"known"}});
  const auto all =
      carry(*matter, {ok(page({batch("known", "ended", k_later, 2), batch("larger", "ended", k_later, 3),
                               batch("runs", "in_progress", k_later, 2), batch("strange", "ended", k_later, 2)},
                              true, "strange")),
                      ok(R"({"custom_id":"x","result":{"type":"expired"}})"),
                      ok(page({batch("ours", "ended", k_later, 2)}, false, "ours")),
                      ok(R"({"custom_id":"m1-2","result":{"type":"expired"}})")});
  ASSERT_TRUE(all.end && *all.end);
  EXPECT_EQ(matter->found.remote, "ours");
  EXPECT_FALSE(matter->found.unsure);
  EXPECT_THAT(all.sent, ElementsAre("GET /v1/messages/batches?limit=100", "GET /v1/messages/batches/strange/results",
                                    "GET /v1/messages/batches?limit=100&after_id=strange",
                                    "GET /v1/messages/batches/ours/results"));
}

TEST(anthropic_wire, is_unsure_as_long_as_a_batch_does_not_tell) {
  const lost_batch lost{.mark = "m1", .lines = 2, .created_s = k_created_s};
  auto matter = wire().find(lost);
  auto all = carry(*matter, {ok(page({batch("runs", "in_progress", k_later, 2)}, false, "runs"))});
  ASSERT_TRUE(all.end && *all.end);
  EXPECT_TRUE(matter->found.unsure);
  EXPECT_TRUE(matter->found.remote.empty());
  matter = wire().find(lost);
  all = carry(*matter, {ok(page({batch("old", "in_progress", "2024-09-24T18:07:24Z", 2)}, true, "old"))});
  ASSERT_TRUE(all.end && *all.end);
  EXPECT_FALSE(matter->found.unsure) << "it is older than ours can be";
}

TEST(anthropic_wire, knows_the_end) {
  for (const auto& [status, ended] :
       {std::pair{"in_progress", false}, std::pair{"canceling", false}, std::pair{"ended", true}}) {
    const auto matter = wire().poll("msgbatch_1");
    EXPECT_EQ(matter->ask().path, "/v1/messages/batches/msgbatch_1");
    ASSERT_TRUE(matter->take(ok(batch("msgbatch_1", status, k_later, 2))));
    EXPECT_EQ(matter->found.ended, ended) << status;
  }
}

TEST(anthropic_wire, collects_results_in_any_order) {
  const auto matter = wire().collect("msgbatch_1");
  EXPECT_EQ(matter->ask().path, "/v1/messages/batches/msgbatch_1/results");
  ASSERT_TRUE(matter->take(ok(
      R"({"custom_id":"m1-2","result":{"type":"succeeded","message":{"id":"msg_1","type":"message"}}})"
      "\n"
      R"({"custom_id":"m1-1","result":{"type":"errored","error":{"type":"error","error":{"type":"invalid_request_error","message":"no"}}}})"
      "\n"
      R"({"custom_id":"m1-3","result":{"type":"errored","error":{"type":"error","error":{"type":"api_error","message":"x"}}}})"
      "\n"
      R"({"custom_id":"m1-4","result":{"type":"canceled"}})"
      "\n"
      R"({"custom_id":"m1-5","result":{"type":"expired"}})"
      "\n"
      R"({"custom_id":"m1-6","result":{"type":"succ)")));
  const auto& results = matter->found.results;
  ASSERT_EQ(results.size(), 5U);
  EXPECT_EQ(results[0].name, "m1-2");
  EXPECT_EQ(results[0].verdict, line_verdict::answered);
  EXPECT_EQ(results[0].body, R"({"id":"msg_1","type":"message"})");
  EXPECT_EQ(results[1].verdict, line_verdict::refused);
  EXPECT_EQ(results[1].status, 400);
  EXPECT_THAT(results[1].body, HasSubstr("\"no\""));
  for (std::size_t i = 2; i < 5; ++i) {
    EXPECT_EQ(results[i].verdict, line_verdict::undone) << i;
    EXPECT_TRUE(results[i].body.empty());
  }
  EXPECT_TRUE(wire().collect("gone")->take({.status = 404}));
  EXPECT_FALSE(wire().collect("b")->take({.status = 529}));
}

TEST(anthropic_wire, garbage_is_an_error) {
  expect_errors_for_garbage(wire(), two_lines());
}

} // namespace
} // namespace inferenceflow::providers::batching
