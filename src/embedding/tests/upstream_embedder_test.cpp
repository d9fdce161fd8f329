#include "embedding/tests/on_a_loop.h"
#include "embedding/upstream_embedder.h"
#include "net/wake_event.h"

#include <boost/json/parse.hpp>
#include <gtest/gtest.h>
#include <string>

namespace inferenceflow::embedding {
namespace {

using testing::ask;
using testing::ask_now;

// Answers what the test wants, and keeps what it was asked.
class fake_provider final : public providers::provider {
public:
  [[nodiscard]] std::string_view name() const noexcept override { return "fake"; }
  [[nodiscard]] dialogue::protocol speaks() const noexcept override { return dialogue::protocol::openai_chat; }
  [[nodiscard]] std::size_t key_count() const noexcept override { return 2; }

  [[nodiscard]] net::task<result<providers::answer>> perform(const providers::call& request, providers::event_sink&,
                                                             net::cancel_scope& scope) override {
    bodies.emplace_back(request.body);
    keys.push_back(request.key);
    facts_name_the_model = request.facts->model == request.model && request.facts->model_span.present();
    if (request.op != wire::openai::operation::embedding) {
      co_return make_error(error_kind::internal, "wrong operation");
    }
    if (hangs) {
      net::wake_event wake;
      const net::cancel_scope::registration abort(scope, [&wake] { wake.set(); });
      co_await wake.wait();
      co_return make_error(error_kind::cancelled, "the request was cancelled");
    }
    request.trace->refused = refused;
    if (failure) {
      co_return *failure;
    }
    co_return next;
  }

  void answer_with(std::string body, int status = 200) {
    next = {};
    next.status = status;
    next.body = std::move(body);
    next.usage.fresh_input = 7;
  }

  providers::answer next;
  std::optional<error> failure;
  std::optional<error> refused;
  bool hangs = false;
  std::vector<std::string> bodies;
  std::vector<std::size_t> keys;
  bool facts_name_the_model = false;
};

std::string document(const std::string& vector) {
  return R"({"object":"list","data":[{"object":"embedding","index":0,"embedding":)" + vector + "}]}";
}

class upstream_embedder_test : public ::testing::Test {
protected:
  std::shared_ptr<fake_provider> provider_ = std::make_shared<fake_provider>();
  upstream_embedder embedder_{provider_, {.model = "embed-3", .text_bytes_max = 16}};
};

TEST_F(upstream_embedder_test, the_space_names_provider_model_and_length) {
  EXPECT_EQ(embedder_.space(), "");
  EXPECT_EQ(embedder_.dimensions(), 0U);
  provider_->answer_with(document("[3,4]"));
  const auto got = ask_now(embedder_, "say \"hi\"");
  ASSERT_TRUE(got.has_value()) << got.error().message;
  EXPECT_EQ((*got)->space, "upstream:fake:embed-3:2");
  EXPECT_EQ(embedder_.space(), "upstream:fake:embed-3:2");
  EXPECT_FLOAT_EQ((*got)->values[0], 0.6F);
  EXPECT_FLOAT_EQ((*got)->values[1], 0.8F);
  EXPECT_FALSE((*got)->cut);
  EXPECT_EQ(embedder_.tokens_charged(), 7);
  const auto sent = boost::json::parse(provider_->bodies.at(0));
  EXPECT_EQ(sent.at("model"), "embed-3");
  EXPECT_EQ(sent.at("input"), "say \"hi\"");
  EXPECT_FALSE(sent.as_object().contains("dimensions"));
  EXPECT_TRUE(provider_->facts_name_the_model);
}

TEST_F(upstream_embedder_test, keys_take_turns) {
  provider_->answer_with(document("[3,4]"));
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(ask_now(embedder_, "x").has_value());
  }
  EXPECT_EQ(provider_->keys, (std::vector<std::size_t>{0, 1, 0}));
}

TEST_F(upstream_embedder_test, the_length_of_vectors_may_not_change) {
  provider_->answer_with(document("[3,4]"));
  ASSERT_TRUE(ask_now(embedder_, "x").has_value());
  provider_->answer_with(document("[3,4,5]"));
  const auto got = ask_now(embedder_, "x");
  ASSERT_TRUE(got.has_error());
  EXPECT_EQ(got.error().kind, error_kind::upstream_failed);
  EXPECT_NE(got.error().message.find("3 dimensions, expected 2"), std::string::npos);
}

TEST_F(upstream_embedder_test, asked_for_dimensions_are_sent_and_required) {
  upstream_embedder two(provider_, {.model = "embed-3", .dimensions = 2});
  EXPECT_EQ(two.space(), "upstream:fake:embed-3:2") << "known before the first answer";
  provider_->answer_with(document("[1,0,0]"));
  EXPECT_TRUE(ask_now(two, "x").has_error());
  EXPECT_EQ(boost::json::parse(provider_->bodies.at(0)).at("dimensions"), 2);
}

TEST_F(upstream_embedder_test, a_long_text_is_cut_before_a_character_and_says_so) {
  provider_->answer_with(document("[3,4]"));
  const auto got = ask_now(embedder_, "123456789012345ä and more");
  ASSERT_TRUE(got.has_value());
  EXPECT_TRUE((*got)->cut);
  EXPECT_EQ(boost::json::parse(provider_->bodies.at(0)).at("input"), "123456789012345");
}

TEST_F(upstream_embedder_test, nothing_is_sent_for_an_empty_text_or_one_that_is_no_utf8) {
  EXPECT_EQ(ask_now(embedder_, " \n").error().kind, error_kind::invalid_request);
  EXPECT_EQ(ask_now(embedder_, "\xff\xfe").error().kind, error_kind::invalid_request);
  EXPECT_TRUE(provider_->bodies.empty());
}

TEST_F(upstream_embedder_test, refusals_are_what_the_backend_says) {
  provider_->answer_with("{}", 429);
  provider_->next.retry_after = "3";
  const auto limited = ask_now(embedder_, "x");
  EXPECT_EQ(limited.error().kind, error_kind::rate_limited);
  EXPECT_EQ(limited.error().retry_after, std::chrono::seconds(3));
  provider_->answer_with("{}", 401);
  EXPECT_EQ(ask_now(embedder_, "x").error().kind, error_kind::forbidden);
  provider_->answer_with("<html>", 500);
  EXPECT_EQ(ask_now(embedder_, "x").error().kind, error_kind::upstream_failed);
  provider_->answer_with("{}", 400);
  provider_->refused = make_error(error_kind::context_too_long, "9000 tokens");
  EXPECT_EQ(ask_now(embedder_, "x").error().kind, error_kind::context_too_long);
  provider_->failure = make_error(error_kind::upstream_timeout, "slow");
  EXPECT_EQ(ask_now(embedder_, "x").error().kind, error_kind::upstream_timeout);
}

TEST_F(upstream_embedder_test, cancelled_before_and_during) {
  provider_->hangs = true;
  boost::asio::io_context context;
  const auto before = ask(context, embedder_, "x");
  before->scope.cancel();
  const auto during = ask(context, embedder_, "y");
  context.poll();
  ASSERT_TRUE(before->got);
  EXPECT_EQ(before->got->error().kind, error_kind::cancelled);
  EXPECT_EQ(provider_->bodies.size(), 1U);
  EXPECT_FALSE(during->got);
  during->scope.cancel();
  context.restart();
  context.poll();
  ASSERT_TRUE(during->got);
  EXPECT_EQ(during->got->error().kind, error_kind::cancelled);
}

} // namespace
} // namespace inferenceflow::embedding
