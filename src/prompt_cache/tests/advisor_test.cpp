#include "prompt_cache/advisor.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace inferenceflow::prompt_cache {
namespace {

using namespace std::chrono_literals;
using dialogue::protocol;
using testing::HasSubstr;

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

TEST_F(advisor_test, what_the_provider_does_not_hold_is_forgotten_and_written_again) {
  auto decided = claude_.advise({.wanted = mode::on}, price_, k_model, turn());
  claude_.learn(*decided, faithful(*decided));
  decided = claude_.advise({.wanted = mode::on}, price_, k_model, turn());
  ASSERT_GT(decided->hit_tokens, 0);
  claude_.learn(*decided, {.fresh_input = decided->tokens}); // neither read nor written: it keeps nothing for us
  EXPECT_EQ(memory_.meters.of("anthropic").missed, 1U);
  decided = claude_.advise({.wanted = mode::on}, price_, k_model, turn());
  EXPECT_EQ(decided->hit_tokens, 0);
}

TEST_F(advisor_test, a_life_begins_with_the_request_and_not_with_the_end_of_its_answer) {
  auto decided = claude_.advise({.wanted = mode::on}, price_, k_model, turn());
  clock_.advance(4min); // a long answer
  claude_.learn(*decided, faithful(*decided));
  clock_.advance(90s);
  EXPECT_EQ(claude_.advise({.wanted = mode::on}, price_, k_model, turn())->hit_tokens, 0);
}

TEST_F(advisor_test, estimates_are_corrected_by_what_was_counted) {
  auto decided = claude_.advise({.wanted = mode::observe}, price_, k_model, turn());
  const std::int64_t first = decided->tokens;
  claude_.learn(*decided, {.fresh_input = first / 2});
  decided = claude_.advise({.wanted = mode::observe}, price_, k_model, turn());
  EXPECT_LT(decided->tokens, first * 6 / 10);
  EXPECT_TRUE(decided->kept.empty()) << "and so it is too short to be kept";
}

TEST_F(advisor_test, leaves_alone_what_it_cannot_judge) {
  const std::string body = turn();
  const wish on{.wanted = mode::on};
  EXPECT_FALSE(claude_.advise(on, price_of("anthropic", "nobody-knows-this"), "nobody-knows-this", body)) << "no price";
  EXPECT_FALSE(claude_.advise(on, price_, k_model, "{]"));
  EXPECT_FALSE(claude_.advise(on, price_, k_model, R"({"messages":[]})"));
  EXPECT_FALSE(claude_.advise(on, price_of("anthropic", "claude-2"), "claude-2", body)) << "takes no marks";
  advisor gemini{{.speaks = protocol::gemini, .name = "google"}, memory_, clock_};
  EXPECT_FALSE(gemini.advise(on, price_, k_model, body));
}

/// Clients of OpenAI with tools and a system prompt of their own, and a question.
class cache_key_test : public advisor_test {
protected:
  std::string key_of(std::string_view tenant, char system, char question, std::size_t system_bytes = 6'000) {
    const std::string body = fmt::format(
        R"({{"messages":[{{"role":"system","content":"{}"}},{{"role":"user","content":"{}"}}],"model":"m"}})",
        words(system_bytes, system), words(4'800, question));
    const auto decided = openai_.advise({.wanted = mode::on, .tenant = tenant}, gpt_, "gpt-4o-mini", body);
    if (!decided || !decided->body) {
      return {};
    }
    const auto at = decided->body->find("prompt_cache_key\":\"");
    return decided->body->substr(at + 19, 32);
  }

  advisor openai_{
      {.speaks = protocol::openai_chat, .name = "openai", .key_scope = "s", .takes_key = true}, memory_, clock_};
  cost::price_handle gpt_ = price_of("openai", "gpt-4o-mini");
};

TEST_F(cache_key_test, is_shared_by_those_who_share_the_system_prompt) {
  EXPECT_EQ(key_of("t", 's', 'a'), key_of("t", 's', 'b'));
  EXPECT_NE(key_of("t", 's', 'a'), key_of("t", 'z', 'a'));
  EXPECT_NE(key_of("t", 's', 'a'), key_of("u", 's', 'a'));
}

TEST_F(cache_key_test, is_the_conversations_where_the_system_prompt_is_short_or_busy) {
  EXPECT_NE(key_of("t", 's', 'a', 400), key_of("t", 's', 'b', 400));
  EXPECT_EQ(key_of("t", 's', 'a', 400), key_of("t", 's', 'a', 400));
  for (int i = 0; i < 30; ++i) { // one a second is more than a machine serves from its cache
    EXPECT_FALSE(key_of("t", 's', 'a').empty());
    clock_.advance(1s);
  }
  EXPECT_NE(key_of("t", 's', 'a'), key_of("t", 's', 'b'));
}

TEST_F(cache_key_test, is_for_long_prompts_and_those_who_take_it) {
  advisor plain{{.speaks = protocol::openai_chat, .name = "groq", .key_scope = "s"}, memory_, clock_};
  const std::string body = fmt::format(R"({{"messages":[{{"role":"user","content":"{}"}}]}})", words(8'000));
  EXPECT_FALSE(plain.advise({.wanted = mode::on}, gpt_, "m", body)->body);
  EXPECT_FALSE(openai_.advise({.wanted = mode::observe}, gpt_, "m", body)->body);
  EXPECT_TRUE(openai_.advise({.wanted = mode::on}, gpt_, "m", body)->body);
  EXPECT_FALSE(
      openai_.advise({.wanted = mode::on}, gpt_, "m", R"({"messages":[{"role":"user","content":"Hi"}]})")->body);
}

} // namespace
} // namespace inferenceflow::prompt_cache
