#include "providers/batching/tests/carry.h"

#include <gmock/gmock.h>

namespace inferenceflow::providers::batching {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const batch_wire& wire() {
  return *wire_of(dialogue::protocol::openai_chat);
}

outgoing_batch two_lines() {
  return {.mark = "m1",
          .path = "/v1/chat/completions",
          .lines = {{"m1-1", "{\"model\":\"gpt\",\n\"messages\":[]}"}, {"m1-2", R"({"model":"gpt","a":"\n"})"}}};
}

TEST(openai_wire, takes_what_its_batches_take) {
  EXPECT_TRUE(wire().takes("/v1/chat/completions"));
  EXPECT_TRUE(wire().takes("/v1/embeddings"));
  EXPECT_FALSE(wire().takes("/v1/audio/speech"));
}

TEST(openai_wire, uploads_a_file_and_makes_a_batch_of_it) {
  const auto matter = wire().submit(two_lines());
  const auto all = carry(*matter, {ok(R"({"id":"file-abc","object":"file","purpose":"batch"})"),
                                   ok(R"({"id":"batch_abc","object":"batch","status":"validating"})")});
  ASSERT_TRUE(all.end && *all.end);
  EXPECT_EQ(matter->found.remote, "batch_abc");
  EXPECT_THAT(all.sent, ElementsAre("POST /files", "POST /batches"));
  EXPECT_EQ(all.requests[0].content_type, "multipart/form-data; boundary=boundary-m1");
  EXPECT_EQ(all.requests[0].body,
            "--boundary-m1\r\nContent-Disposition: form-data; name=\"purpose\"\r\n\r\nbatch\r\n"
            "--boundary-m1\r\nContent-Disposition: form-data; name=\"file\"; filename=\"m1.jsonl\"\r\n"
            "Content-Type: application/jsonl\r\n\r\n"
            R"({"custom_id":"m1-1","method":"POST","url":"/v1/chat/completions","body":{"model":"gpt", "messages":[]}})"
            "\n"
            R"({"custom_id":"m1-2","method":"POST","url":"/v1/chat/completions","body":{"model":"gpt","a":"\n"}})"
            "\n\r\n--boundary-m1--\r\n");
  EXPECT_EQ(all.requests[1].body,
            R"({"input_file_id":"file-abc","endpoint":"/v1/chat/completions","completion_window":"24h",)"
            R"("metadata":{"inferenceflow":"m1"}})");
}

TEST(openai_wire, finds_its_batch_by_metadata_on_a_later_page) {
  const auto matter = wire().find({.mark = "m1", .lines = 2, .created_s = 1'700'000'000});
  const auto all = carry(
      *matter,
      {ok(R"({"data":[{"id":"b9","created_at":1700009000,"metadata":null},)"
          R"({"id":"b8","created_at":1700008000,"metadata":{"inferenceflow":"other"}}],"has_more":true})"),
       ok(R"({"data":[{"id":"b7","created_at":1700000001,"metadata":{"inferenceflow":"m1"}}],"has_more":true})")});
  ASSERT_TRUE(all.end && *all.end);
  EXPECT_EQ(matter->found.remote, "b7");
  EXPECT_THAT(all.sent, ElementsAre("GET /batches?limit=100", "GET /batches?limit=100&after=b8"));
}

TEST(openai_wire, stops_looking_where_batches_are_older_and_is_unsure_after_too_many_pages) {
  const lost_batch lost{.mark = "m1", .lines = 2, .created_s = 1'700'000'000};
  auto matter = wire().find(lost);
  auto all = carry(*matter, {ok(R"({"data":[{"id":"b1","created_at":1600000000}],"has_more":true})")});
  ASSERT_TRUE(all.end && *all.end);
  EXPECT_TRUE(matter->found.remote.empty());
  EXPECT_FALSE(matter->found.unsure);
  matter = wire().find(lost);
  all = carry(*matter,
              std::vector<side_answer>(100, ok(R"({"data":[{"id":"b1","created_at":1700000001}],"has_more":true})")));
  ASSERT_TRUE(all.end && *all.end);
  EXPECT_EQ(all.sent.size(), static_cast<std::size_t>(k_pages_max));
  EXPECT_TRUE(matter->found.unsure) << "sending again could be twice";
}

TEST(openai_wire, knows_the_ends_of_a_batch) {
  for (const auto& [status, ended] :
       {std::pair{"validating", false}, std::pair{"in_progress", false}, std::pair{"finalizing", false},
        std::pair{"cancelling", false}, std::pair{"completed", true}, std::pair{"failed", true},
        std::pair{"expired", true}, std::pair{"cancelled", true}}) {
    const auto matter = wire().poll("b1");
    EXPECT_EQ(matter->ask().path, "/batches/b1");
    ASSERT_TRUE(matter->take(ok(fmt::format(R"({{"id":"b1","status":"{}"}})", status))));
    EXPECT_EQ(matter->found.ended, ended) << status;
  }
  const auto gone = wire().poll("b1");
  ASSERT_TRUE(gone->take({.status = 404}));
  EXPECT_TRUE(gone->found.ended);
}

TEST(openai_wire, collects_both_files) {
  const auto matter = wire().collect("b1");
  const auto all = carry(
      *matter,
      {ok(R"({"id":"b1","status":"expired","output_file_id":"f-out","error_file_id":"f-err"})"),
       ok(R"({"id":"r1","custom_id":"m1-1","response":{"status_code":200,"request_id":"q","body":{"id":"c", "n": 1.50}},"error":null})"
          "\n"
          R"({"id":"r2","custom_id":"m1-2","response":{"status_code":200,"request_id":"q","body":{}},"err)"),
       ok(R"({"id":"r3","custom_id":"m1-3","response":{"status_code":400,"body":{"error":{"message":"no"}}},"error":null})"
          "\nnot json\n"
          R"({"id":"r4","custom_id":"m1-4","response":{"status_code":429,"body":{}},"error":null})"
          "\n"
          R"({"id":"r5","custom_id":"m1-5","response":null,"error":{"code":"batch_expired","message":"late"}})"
          "\n")});
  ASSERT_TRUE(all.end && *all.end);
  EXPECT_THAT(all.sent, ElementsAre("GET /batches/b1", "GET /files/f-out/content", "GET /files/f-err/content"));
  const auto& results = matter->found.results;
  ASSERT_EQ(results.size(), 4U) << "a line that is cut off says nothing";
  EXPECT_EQ(results[0].name, "m1-1");
  EXPECT_EQ(results[0].verdict, line_verdict::answered);
  EXPECT_EQ(results[0].body, R"({"id":"c", "n": 1.50})") << "byte by byte";
  EXPECT_EQ(results[1].verdict, line_verdict::refused);
  EXPECT_EQ(results[1].status, 400);
  EXPECT_THAT(results[1].body, HasSubstr("\"no\""));
  EXPECT_EQ(results[2].verdict, line_verdict::undone) << "a limit passes";
  EXPECT_EQ(results[3].verdict, line_verdict::undone);
}

TEST(openai_wire, collects_nothing_from_a_batch_that_failed_and_skips_deleted_files) {
  auto matter = wire().collect("b1");
  auto all = carry(*matter, {ok(R"({"id":"b1","status":"failed","output_file_id":null,"error_file_id":null})")});
  ASSERT_TRUE(all.end && *all.end);
  EXPECT_TRUE(matter->found.results.empty());
  matter = wire().collect("b1");
  all = carry(*matter, {ok(R"({"id":"b1","error_file_id":"f-err"})"), {.status = 404}});
  ASSERT_TRUE(all.end && *all.end);
  matter = wire().collect("b1");
  all = carry(*matter, {ok(R"({"id":"b1","output_file_id":"f-out"})"), {.status = 500}});
  EXPECT_FALSE(all.end) << "the file may be there later";
}

TEST(openai_wire, a_cancel_that_comes_too_late_is_none) {
  const auto matter = wire().call_back("b1");
  EXPECT_EQ(matter->ask().path, "/batches/b1/cancel");
  EXPECT_EQ(matter->ask().method, "POST");
  EXPECT_TRUE(matter->take({.status = 409}));
  EXPECT_FALSE(wire().call_back("b1")->take({.status = 500}));
}

TEST(openai_wire, deletes_its_files) {
  const auto matter = wire().discard("b1");
  const auto all =
      carry(*matter, {ok(R"({"id":"b1","input_file_id":"f-in","output_file_id":"f-out","error_file_id":null})"),
                      ok(R"({"id":"f-in","deleted":true})"),
                      {.status = 404}});
  ASSERT_TRUE(all.end && *all.end);
  EXPECT_THAT(all.sent, ElementsAre("GET /batches/b1", "DELETE /files/f-in", "DELETE /files/f-out"));
  EXPECT_EQ(wire_of(dialogue::protocol::anthropic)->discard("b1"), nullptr);
}

TEST(openai_wire, garbage_is_an_error) {
  expect_errors_for_garbage(wire(), two_lines());
}

} // namespace
} // namespace inferenceflow::providers::batching
