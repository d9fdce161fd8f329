#include "providers/prompt_caching/prompt_caching_provider.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace inferenceflow::providers::prompt_caching {
namespace {

using dialogue::protocol;
using prompt_cache::mode;
using testing::HasSubstr;

class no_sink final : public event_sink {
public:
  net::task<bool> write(std::string_view) override { co_return true; }
  net::task<bool> write_split(std::string_view, std::span<const std::string_view>) override { co_return true; }
  void dropped(std::span<const std::string>) override {}
};

/// Keeps what it was asked and answers what it is told.
class recorder final : public provider {
public:
  [[nodiscard]] std::string_view name() const noexcept override { return "anthropic"; }
  [[nodiscard]] protocol speaks() const noexcept override { return protocol::anthropic; }
  [[nodiscard]] std::size_t key_count() const noexcept override { return 3; }
  [[nodiscard]] net::task<result<answer>> perform(const call& request, event_sink&, net::cancel_scope&) override {
    body = request.body;
    same_bytes = request.body.data() == wanted_at;
    asked = &request;
    ++calls;
    if (refuses_marks && request.body.find("cache_control") != std::string_view::npos) {
      answer refusal;
      refusal.status = 400;
      co_return refusal;
    }
    co_return next;
  }

  std::string body;
  const char* wanted_at = nullptr;
  bool same_bytes = false;
  const call* asked = nullptr;
  int calls = 0;
  bool refuses_marks = false;
  result<answer> next = answer{};
};

class prompt_caching_test : public testing::Test {
protected:
  result<answer> ask(mode wanted, std::string_view model = "claude-sonnet-4-5") {
    body_ = R"({"system":")" + std::string(8'000, 's') + R"(","messages":[{"role":"user","content":"Hi"}]})";
    behind_->wanted_at = body_.data();
    call_ = {.protocol = protocol::anthropic, .model = model, .body = body_, .facts = &facts_};
    call_.prompt_cache = {.wanted = wanted, .tenant = "t"};
    boost::asio::io_context context;
    auto got = boost::asio::co_spawn(context, before_.perform(call_, sink_, scope_), boost::asio::use_future);
    context.run();
    return got.get();
  }

  void answer_with(int status, cost::usage_source source, cost::token_usage usage) {
    answer next;
    next.status = status;
    next.source = source;
    next.usage = usage;
    behind_->next = next;
  }

  std::int64_t written() { return static_cast<std::int64_t>(memory_.meters.of("anthropic").written_tokens.load()); }

  system_clock_source clock_;
  prompt_cache::memory memory_{std::size_t{1} << 16U};
  std::shared_ptr<recorder> behind_ = std::make_shared<recorder>();
  std::size_t looked_up_ = 0;
  std::shared_ptr<const cost::price_table> prices_ = *cost::price_table::load({});
  prompt_caching_provider before_{behind_,
                                  {.speaks = protocol::anthropic, .name = "anthropic"},
                                  [this](std::string_view model) {
                                    ++looked_up_;
                                    return prices_->lookup("anthropic", model);
                                  },
                                  memory_,
                                  clock_};
  no_sink sink_;
  net::cancel_scope scope_;
  wire::openai::request_facts facts_;
  std::string body_;
  call call_;
};

TEST_F(prompt_caching_test, off_is_as_if_it_were_not_there) {
  ASSERT_TRUE(ask(mode::off));
  EXPECT_EQ(behind_->asked, &call_);
  EXPECT_TRUE(behind_->same_bytes);
  EXPECT_EQ(looked_up_, 0U);
  EXPECT_EQ(before_.key_count(), 3U);
}

TEST_F(prompt_caching_test, observing_sends_the_clients_bytes) {
  ASSERT_TRUE(ask(mode::observe));
  EXPECT_TRUE(behind_->same_bytes);
}

TEST_F(prompt_caching_test, on_marks_and_learns_from_what_was_reported) {
  answer_with(200, cost::usage_source::reported, {.fresh_input = 10, .cache_write = 2'000, .output = 1});
  ASSERT_TRUE(ask(mode::on));
  EXPECT_THAT(behind_->body, HasSubstr(R"("cache_control":{"type":"ephemeral"})"));
  EXPECT_EQ(written(), 2'000);
  ASSERT_TRUE(ask(mode::on));
  EXPECT_EQ(looked_up_, 1U) << "a price is looked up once";
}

TEST_F(prompt_caching_test, failures_and_guesses_teach_nothing) {
  answer_with(529, cost::usage_source::reported, {.cache_write = 5});
  ASSERT_TRUE(ask(mode::on));
  answer_with(200, cost::usage_source::estimated, {.cache_write = 5});
  ASSERT_TRUE(ask(mode::on));
  behind_->next = make_error(error_kind::cancelled, "the client left");
  EXPECT_FALSE(ask(mode::on));
  EXPECT_EQ(written(), 0);
}

TEST_F(prompt_caching_test, what_a_backend_refuses_is_sent_as_it_came_and_not_tried_again) {
  behind_->refuses_marks = true;
  const auto got = ask(mode::on);
  ASSERT_TRUE(got);
  EXPECT_EQ(got->status, 200);
  EXPECT_EQ(behind_->calls, 2);
  EXPECT_TRUE(behind_->same_bytes);
  ASSERT_TRUE(ask(mode::on));
  EXPECT_EQ(behind_->calls, 3) << "it is known now";
  EXPECT_EQ(memory_.meters.of("anthropic").refused, 1U);
}

TEST_F(prompt_caching_test, a_request_that_is_bad_without_marks_too_stays_bad) {
  answer_with(400, cost::usage_source::estimated, {});
  EXPECT_EQ(ask(mode::on)->status, 400);
  EXPECT_EQ(behind_->calls, 2);
  EXPECT_EQ(memory_.meters.of("anthropic").refused, 0U);
}

TEST_F(prompt_caching_test, a_model_without_a_price_is_left_alone) {
  ASSERT_TRUE(ask(mode::on, "nobody-knows-this"));
  EXPECT_TRUE(behind_->same_bytes);
}

TEST_F(prompt_caching_test, names_that_clients_make_up_do_not_pile_up) {
  for (std::size_t i = 0; i <= prompt_caching_provider::k_prices_max; ++i) {
    ASSERT_TRUE(ask(mode::observe, "made-up-" + std::to_string(i)));
  }
  ASSERT_TRUE(ask(mode::observe, "made-up-0"));
  EXPECT_EQ(looked_up_, prompt_caching_provider::k_prices_max + 2) << "forgotten when there were too many";
}

TEST(traits_test, the_key_goes_to_those_who_are_known_to_take_it) {
  config::provider_settings settings;
  settings.name = "p";
  for (const auto& [url, takes] :
       {std::pair{"https://api.openai.com/v1", true}, std::pair{"https://mine.openai.azure.com/openai/v1", true},
        std::pair{"https://api.openai.com:443/v1", true}, std::pair{"https://api.openai.com.evil.example/v1", false},
        std::pair{"https://api.groq.com/openai/v1", false}, std::pair{"http://127.0.0.1:8000/v1", false}}) {
    settings.base_url = url;
    settings.prompt_cache_key = config::cache_key_use::automatic;
    EXPECT_EQ(traits_of(settings).takes_key, takes) << url;
    settings.prompt_cache_key = config::cache_key_use::always;
    EXPECT_TRUE(traits_of(settings).takes_key);
    settings.prompt_cache_key = config::cache_key_use::never;
    EXPECT_FALSE(traits_of(settings).takes_key);
  }
}

} // namespace
} // namespace inferenceflow::providers::prompt_caching
