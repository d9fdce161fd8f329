#include "providers/openai/upstream_provider.h"
#include "providers/upstream/tests/loopback_server.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace inferenceflow::providers::openai {
namespace {

using testing::HasSubstr;
using upstream::loopback_server;

class no_sink final : public event_sink {
public:
  net::task<bool> write(std::string_view) override { co_return false; }
  net::task<bool> write_split(std::string_view, std::span<const std::string_view>) override { co_return false; }
  void dropped(std::span<const std::string>) override {}
};

/// Only errors are read here; the codecs' own tests read the rest.
class error_codec final : public dialogue::codec {
public:
  [[nodiscard]] dialogue::protocol speaks() const noexcept override { return dialogue::protocol::openai_chat; }
  [[nodiscard]] std::string_view stream_content_type() const noexcept override { return "text/event-stream"; }
  [[nodiscard]] result<dialogue::request> read_request(std::string_view,
                                                       const dialogue::request_target&) const override {
    return error{};
  }
  [[nodiscard]] result<dialogue::written_request> write_request(const dialogue::request&,
                                                                std::string_view) const override {
    return error{};
  }
  [[nodiscard]] dialogue::backend_address address(std::string_view, bool) const override { return {}; }
  [[nodiscard]] result<dialogue::answer> read_answer(std::string_view) const override { return error{}; }
  [[nodiscard]] dialogue::written_answer write_answer(const dialogue::answer&,
                                                      const dialogue::stream_wish&) const override {
    return {};
  }
  [[nodiscard]] std::unique_ptr<dialogue::event_reader> make_reader(std::size_t) const override { return nullptr; }
  [[nodiscard]] std::unique_ptr<dialogue::event_writer> make_writer(const dialogue::stream_wish&) const override {
    return nullptr;
  }
  [[nodiscard]] error read_error(int status, std::string_view body, std::string_view retry_after) const override {
    return make_error(error_kind::context_too_long, fmt::format("{} {} {}", status, body, retry_after));
  }
  [[nodiscard]] dialogue::written_error write_error(const error&) const override { return {}; }
};

struct outcome {
  result<answer> got = answer{};
  call_trace trace;
  std::optional<error> probed;
};

config::provider_settings settings_of(const std::string& url) {
  config::provider_settings settings;
  settings.name = "p";
  settings.base_url = url;
  settings.api_keys = {"k1", "k2"};
  settings.first_byte_timeout = settings.idle_timeout = std::chrono::milliseconds{200};
  settings.connect_timeout = std::chrono::milliseconds{2'000};
  return settings;
}

/// One call and one probe with the second of two keys.
outcome ask(const std::string& url) {
  const auto settings = settings_of(url);
  const auto codec = std::make_shared<error_codec>();
  const std::string_view body = R"({"model":"x","messages":[{"role":"user","content":"hi"}]})";
  wire::openai::request_scanner scanner;
  const auto facts = scanner.scan(wire::openai::operation::chat, body, 0);
  outcome seen;
  net::event_loop loop{0};
  {
    const auto asked = std::make_unique<upstream_provider>(loop, settings, config::upstream_settings{}, codec);
    EXPECT_EQ(asked->key_count(), 2U);
    no_sink sink;
    net::cancel_scope scope;
    loop.start();
    const call wanted{.model = "m", .body = body, .facts = &*facts, .key = 1, .trace = &seen.trace};
    seen.got =
        boost::asio::co_spawn(loop.context(), asked->perform(wanted, sink, scope), boost::asio::use_future).get();
    seen.probed = boost::asio::co_spawn(loop.context(), asked->probe(1, scope), boost::asio::use_future).get();
    loop.stop();
    loop.join();
  }
  return seen;
}

TEST(upstream_provider, the_call_says_which_key) {
  const loopback_server server{"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}"};
  const outcome seen = ask(server.url());
  ASSERT_EQ(server.seen().size(), 2U);
  EXPECT_THAT(server.seen()[0], HasSubstr("POST /base/chat/completions HTTP/1.1\r\n"));
  EXPECT_THAT(server.seen()[0], HasSubstr("Authorization: Bearer k2\r\n"));
  EXPECT_THAT(server.seen()[1], HasSubstr("GET /base/models HTTP/1.1\r\n"));
  EXPECT_THAT(server.seen()[1], HasSubstr("Authorization: Bearer k2\r\n"));
  EXPECT_FALSE(seen.probed);
  EXPECT_TRUE(seen.trace.answered);
  EXPECT_EQ(seen.trace.status, 200);
}

TEST(upstream_provider, failures_can_be_told_apart) {
  {
    const loopback_server silent{""};
    const outcome seen = ask(silent.url());
    EXPECT_EQ(seen.got.error().kind, error_kind::upstream_timeout);
    EXPECT_TRUE(seen.trace.connected);
    EXPECT_FALSE(seen.trace.answered);
  }
  {
    const loopback_server garbage{"SSH-2.0-x\r\n\r\n"};
    const outcome seen = ask(garbage.url());
    EXPECT_EQ(seen.got.error().kind, error_kind::upstream_failed);
    EXPECT_TRUE(seen.trace.answered);
    EXPECT_EQ(seen.trace.status, 0);
  }
  {
    const loopback_server refusing{"HTTP/1.1 429 Slow Down\r\nContent-Length: 3\r\nRetry-After: 7\r\n"
                                   "Connection: close\r\n\r\nwhy"};
    const outcome seen = ask(refusing.url());
    EXPECT_EQ(seen.trace.status, 429);
    ASSERT_TRUE(seen.trace.refused);
    EXPECT_EQ(seen.trace.refused->message, "429 why 7");
  }
  std::string nobody;
  {
    const loopback_server closed{""};
    nobody = closed.url();
  }
  const outcome seen = ask(nobody);
  EXPECT_EQ(seen.got.error().kind, error_kind::upstream_failed);
  EXPECT_FALSE(seen.trace.connected);
}

/// Something that is done with a provider on its loop.
template <class Work> auto with_provider(const std::string& url, Work work) {
  net::event_loop loop{0};
  const auto provider = std::make_unique<upstream_provider>(loop, settings_of(url), config::upstream_settings{},
                                                            std::make_shared<error_codec>());
  loop.start();
  auto done = boost::asio::co_spawn(loop.context(), work(*provider), boost::asio::use_future).get();
  loop.stop();
  loop.join();
  return done;
}

result<side_answer> send_aside(const std::string& url, const side_request& request,
                               std::size_t answer_bytes_max = 100) {
  net::cancel_scope scope;
  return with_provider(
      url, [&](upstream_provider& provider) { return provider.exchange(request, answer_bytes_max, scope); });
}

TEST(upstream_provider, sends_other_requests_with_its_first_key) {
  const loopback_server server{"HTTP/1.1 404 No\r\nContent-Length: 4\r\nConnection: close\r\n\r\nwhat"};
  const auto got = send_aside(server.url(), {.path = "/batches/b1?x=1"});
  ASSERT_TRUE(got) << "any status is an answer";
  EXPECT_EQ(got->status, 404);
  EXPECT_EQ(got->body, "what");
  const auto sent =
      send_aside(server.url(), {.method = "POST", .path = "/files", .content_type = "multipart/x", .body = "abc"});
  ASSERT_TRUE(sent);
  ASSERT_EQ(server.seen().size(), 2U);
  EXPECT_THAT(server.seen()[0], HasSubstr("GET /base/batches/b1?x=1 HTTP/1.1\r\n"));
  EXPECT_THAT(server.seen()[0], HasSubstr("Authorization: Bearer k1\r\n"));
  EXPECT_THAT(server.seen()[0], testing::Not(HasSubstr("Content-")));
  EXPECT_THAT(server.seen()[1], HasSubstr("POST /base/files HTTP/1.1\r\n"));
  EXPECT_THAT(server.seen()[1], HasSubstr("Content-Type: multipart/x\r\nContent-Length: 3\r\n\r\n"));
}

TEST(upstream_provider, other_requests_fail_apart_where_nothing_can_have_arrived) {
  const loopback_server large{"HTTP/1.1 200 OK\r\nContent-Length: 4\r\nConnection: close\r\n\r\nwhat"};
  EXPECT_EQ(send_aside(large.url(), {.path = "/x"}, 3).error().kind, error_kind::upstream_failed);
  std::string nobody;
  {
    const loopback_server silent{""};
    nobody = silent.url();
    EXPECT_EQ(send_aside(silent.url(), {.path = "/x"}).error().kind, error_kind::upstream_timeout);
  }
  EXPECT_EQ(send_aside(nobody, {.path = "/x"}).error().kind, error_kind::unavailable);
}

TEST(upstream_provider, drafts_what_it_would_send_and_reads_what_was_answered_elsewhere) {
  const std::string_view body = R"({"model":"x","messages":[{"role":"user","content":"hi"}]})";
  wire::openai::request_scanner scanner;
  const auto facts = scanner.scan(wire::openai::operation::chat, body, 0);
  no_sink sink;
  net::cancel_scope scope;
  const auto perform = [&](const call& wanted) {
    return with_provider("http://127.0.0.1:1/base",
                         [&](upstream_provider& provider) { return provider.perform(wanted, sink, scope); });
  };
  call_draft draft;
  EXPECT_EQ(perform({.model = "m", .body = body, .facts = &*facts, .draft = &draft}).error().kind,
            error_kind::cancelled);
  EXPECT_EQ(draft.path, "/v1/chat/completions");
  EXPECT_EQ(draft.body, R"({"model":"m","messages":[{"role":"user","content":"hi"}]})");
  const recorded_answer good{
      .body = R"({"object":"chat.completion","choices":[{"index":0,"finish_reason":"stop","message":)"
              R"({"role":"assistant","content":"yes"}}],"usage":{"prompt_tokens":3,"completion_tokens":1}})"};
  const auto got = perform({.model = "m", .body = body, .facts = &*facts, .recorded = &good});
  ASSERT_TRUE(got) << got.error().message;
  EXPECT_EQ(got->body, good.body);
  EXPECT_EQ(got->usage.fresh_input, 3);
  EXPECT_EQ(got->finish_reason, "stop");
  const recorded_answer bad{.status = 400, .body = R"({"error":{"message":"no","type":"invalid_request_error"}})"};
  const auto refused = perform({.model = "m", .body = body, .facts = &*facts, .recorded = &bad});
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->status, 400);
  const recorded_answer garbage{.body = "<html>"};
  EXPECT_FALSE(perform({.model = "m", .body = body, .facts = &*facts, .recorded = &garbage}));
}

} // namespace
} // namespace inferenceflow::providers::openai
