#include "api/batch_json.h"
#include "api/batch_line.h"
#include "api/batch_request.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/json/parse.hpp>
#include <gtest/gtest.h>
#include <string>

namespace inferenceflow::api {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::seconds k_week{7 * 86'400};

std::string body_with(const std::string& extra) {
  return R"({"input_file_id":"file-a","endpoint":"/v1/embeddings","completion_window":"24h")" + extra + "}";
}

TEST(batch_request, reads_what_openai_sends) {
  const auto got = read_batch_request(body_with(R"(,"metadata":{"a":"b"},"output_expires_after":null)"), k_week);
  ASSERT_TRUE(got) << got.error().message;
  EXPECT_EQ(got->input_file, "file-a");
  EXPECT_EQ(got->endpoint, "/v1/embeddings");
  EXPECT_EQ(got->window, "24h");
  EXPECT_EQ(got->expires_s, 86'400);
  EXPECT_EQ(got->metadata, R"({"a":"b"})");
  EXPECT_EQ(read_batch_request(body_with(R"(,"metadata":null)"), k_week)->metadata, "");
}

TEST(batch_request, reads_windows_of_any_unit) {
  EXPECT_EQ(read_window("24h"), 24h);
  EXPECT_EQ(read_window("90s"), 90s);
  EXPECT_EQ(read_window("5m"), 5min);
  EXPECT_EQ(read_window("5min"), 5min);
  EXPECT_EQ(read_window("7d"), k_week);
  for (const char* wrong :
       {"", "24", "h", "0h", "-1h", "1.5h", "24 h", "24hours", "99999999999999999999s", "200000000s"}) {
    EXPECT_FALSE(read_window(wrong)) << wrong;
  }
}

TEST(batch_request, names_the_field_at_fault) {
  const std::pair<std::string, const char*> wrong[] = {
      {R"({"endpoint":"/v1/embeddings","completion_window":"24h"})", "input_file_id"},
      {R"({"input_file_id":7,"endpoint":"/v1/embeddings","completion_window":"24h"})", "input_file_id"},
      {R"({"input_file_id":"f","endpoint":"/v1/messages","completion_window":"24h"})", "endpoint"},
      {R"({"input_file_id":"f","endpoint":"/v1/embeddings"})", "completion_window"},
      {R"({"input_file_id":"f","endpoint":"/v1/embeddings","completion_window":"8d"})", "completion_window"},
      {body_with(R"(,"metadata":[])"), "metadata"},
      {body_with(R"(,"metadata":{"a":1})"), "metadata"},
      {body_with(R"(,"metadata":{")" + std::string(65, 'k') + R"(":"v"})"), "metadata"},
      {body_with(R"(,"metadata":{"k":")" + std::string(513, 'v') + R"("})"), "metadata"},
      {"[]", ""},
      {"{", ""},
      {"", ""},
  };
  for (const auto& [body, field] : wrong) {
    const auto got = read_batch_request(body, k_week);
    ASSERT_FALSE(got) << body;
    EXPECT_EQ(got.error().kind, error_kind::invalid_request) << body;
    EXPECT_EQ(got.error().param, field) << body;
  }
  EXPECT_EQ(read_batch_request(std::string(k_batch_request_bytes_max + 1, ' '), k_week).error().kind,
            error_kind::body_too_large);
}

TEST(batch_json, shows_a_batch_as_openai_does) {
  batches::batch_record batch;
  batch.id = "batch_x";
  batch.status = batches::batch_status::failed;
  batch.errors = R"([{"code":"c"}])";
  batch.failed_s = 5;
  const auto shown = boost::json::parse(to_json(batch));
  EXPECT_EQ(shown.at("status").as_string(), "failed");
  EXPECT_EQ(shown.at("failed_at").as_int64(), 5);
  EXPECT_TRUE(shown.at("completed_at").is_null());
  EXPECT_TRUE(shown.at("output_file_id").is_null());
  EXPECT_EQ(shown.at("errors").at("data").at(0).at("code").as_string(), "c");
  EXPECT_EQ(shown.at("request_counts").at("total").as_int64(), 0);
}

net::task<void> keep(kept_reply& reply, std::string_view body) {
  const pipeline::answer_note nothing{};
  co_await reply.document(200, "application/json", body, "", nothing);
}

kept_reply reply_with(std::string_view body) {
  boost::asio::io_context context;
  kept_reply reply;
  boost::asio::co_spawn(context, keep(reply, body), boost::asio::detached);
  context.run();
  return reply;
}

TEST(batch_line, keeps_an_answer_but_for_its_line_ends) {
  const auto made = result_of("a", "r", reply_with("{\n \"n\": 1.0,\r\n \"t\": \"x\\ny\"\n}"));
  EXPECT_TRUE(made.good);
  EXPECT_NE(made.output.find(R"("body":{  "n": 1.0,   "t": "x\ny" })"), std::string::npos) << made.output;
  EXPECT_EQ(made.output.find('\n'), made.output.size() - 1);
}

TEST(batch_line, what_is_no_json_becomes_an_error_document) {
  for (const char* body : {"<html>", "", "{} {}", "{\"a\":\"\n\"}"}) {
    const auto made = result_of("a", "r", reply_with(body));
    EXPECT_FALSE(made.good) << body;
    EXPECT_TRUE(boost::json::parse(made.output).at("response").at("body").as_object().contains("error")) << body;
  }
}

TEST(batch_line, writes_any_answer_on_one_line) {
  kept_reply reply;
  reply.keep_error(make_error(error_kind::rate_limited, "a\nb"));
  auto made = result_of("my \"id\"", "req", reply);
  EXPECT_FALSE(made.good);
  EXPECT_EQ(made.output.find('\n'), made.output.size() - 1);
  const auto shown = boost::json::parse(made.output);
  EXPECT_EQ(shown.at("custom_id").as_string(), "my \"id\"");
  EXPECT_EQ(shown.at("response").at("status_code").as_int64(), 429);
  EXPECT_EQ(shown.at("response").at("body").at("error").at("message").as_string(), "a\nb");
  EXPECT_TRUE(shown.at("error").is_null());
  EXPECT_TRUE(is_batch_endpoint("/v1/responses"));
  EXPECT_FALSE(is_batch_endpoint("/v1/batch"));
}

} // namespace
} // namespace inferenceflow::api
