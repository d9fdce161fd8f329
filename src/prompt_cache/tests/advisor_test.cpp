#include "prompt_cache/advisor.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace inferenceflow::prompt_cache {
namespace {

using namespace std::chrono_literals;
using dialogue::protocol;
using testing::HasSubstr;
using testing::Not;

std::string words(std::size_t bytes, char letter = 'a') {
  return std::string(bytes, letter);
}

/// One conversation of an Anthropic client with a system prompt of 1,500 tokens.
class advisor_test : public testing::Test {
protected:
  static constexpr const char* k_model = "claude-sonnet-4-5";

  static cost::price_handle price_of(const char* provider, const char* model) {
    return (*cost::price_table::load({}))->lookup(provider, model);
  }

  std::string turn() {
    messages_ += fmt::format("{}{{\"role\":\"user\",\"content\":\"{}\"}}", messages_.empty() ? "" : ",", words(400));
    std::string body = fmt::format(R"({{"model":"m","system":"{}","messages":[{}]}})", words(6'000), messages_);
    messages_ += R"(,{"role":"assistant","content":"Well."})";
    return body;
  }

  /// What the provider says when it did as it was told: read what was held, wrote up to the last mark.
  static cost::token_usage faithful(const advice& decided) {
    cost::token_usage usage{.cached_input = decided.hit_tokens};
    usage.cache_write = (decided.kept.empty() ? 0 : decided.kept.back().tokens) - decided.hit_tokens;
    usage.fresh_input = decided.tokens - usage.cached_input - usage.cache_write;
    return usage;
  }

  manual_clock clock_;
  memory memory_{std::size_t{1} << 20U};
  advisor claude_{{.speaks = protocol::anthropic, .name = "anthropic"}, memory_, clock_};
  cost::price_handle price_ = price_of("anthropic", k_model);
  std::string messages_;
};

TEST_F(advisor_test, a_conversation_reads_what_it_wrote) {
  std::int64_t held = 0;
  for (int i = 0; i < 6; ++i) {
    const auto decided = claude_.advise({.wanted = mode::on}, price_, k_model, turn());
    ASSERT_TRUE(decided && decided->body) << i;
    EXPECT_THAT(*decided->body, HasSubstr("cache_control"));
    EXPECT_EQ(decided->hit_tokens, held) << i;
    held = decided->kept.back().tokens;
    EXPECT_EQ(held, decided->tokens) << "everything up to the question is kept";
    claude_.learn(*decided, faithful(*decided));
    clock_.advance(30s);
  }
  EXPECT_GT(memory_.meters.of("anthropic").saved_nano_usd, memory_.meters.of("anthropic").spent_nano_usd);
  EXPECT_EQ(memory_.meters.of("anthropic").missed, 0U);
}

TEST_F(advisor_test, observing_plays_through_what_marks_would_bring) {
  std::int64_t held = 0;
  for (int i = 0; i < 6; ++i) {
    const auto decided = claude_.advise({.wanted = mode::observe}, price_, k_model, turn());
    ASSERT_TRUE(decided);
    EXPECT_FALSE(decided->body);
    EXPECT_EQ(decided->hit_tokens, held) << i;
    held = decided->kept.back().tokens;
    claude_.learn(*decided, {.fresh_input = decided->tokens});
    clock_.advance(30s);
  }
  const auto& meter = memory_.meters.of("anthropic");
  EXPECT_EQ(meter.saved_nano_usd, 0);
  EXPECT_GT(meter.would_save_nano_usd, meter.would_spend_nano_usd);
  EXPECT_GT(meter.would_spend_nano_usd, 0);
}

} // namespace
} // namespace inferenceflow::prompt_cache
