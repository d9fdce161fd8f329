#include "cost/price_table.h"
#include "replay/prefix_model.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace inferenceflow::replay {
namespace {

constexpr std::int64_t k_input = 3'000;
constexpr std::int64_t k_minute = 60'000;

std::string body_of(const std::string& system, const std::string& question) {
  return fmt::format(R"({{"model":"m","max_tokens":10,"system":[{{"type":"text","text":"{}"}}],)"
                     R"("messages":[{{"role":"user","content":"{}"}}]}})",
                     system, question);
}

std::string openai_body(const std::string& system, const std::string& question) {
  return fmt::format(
      R"({{"model":"m","messages":[{{"role":"system","content":"{}"}},{{"role":"user","content":"{}"}}]}})", system,
      question);
}

const std::string k_system(10'000, 's');
const std::string k_question(2'000, 'q');

const cost::price_tier& claude() {
  static const auto price = cost::price_table::load({}).value()->lookup("anthropic", "claude-sonnet-4-5");
  return price->periods.back().price.tiers.front();
}

prefix_call call_of(dialogue::protocol speaks, std::string_view body, std::int64_t at_ms) {
  return {.speaks = speaks,
          .provider = "p",
          .model = "claude-sonnet-4-5",
          .body = body,
          .prices = &claude(),
          .place_marks = true,
          .input_tokens = k_input,
          .at_ms = at_ms};
}

TEST(prefix_model, automatic_caches_read_a_prefix_that_came_within_five_minutes) {
  prefix_model model{1U << 20U};
  const std::string first = openai_body(k_system, k_question);
  const std::string second = openai_body(k_system, std::string(2'000, 'r'));
  const auto speaks = dialogue::protocol::openai_chat;
  EXPECT_EQ(model.serve(call_of(speaks, first, k_minute))->cached_input, 0);
  const auto soon = model.serve(call_of(speaks, second, 3 * k_minute)).value();
  EXPECT_GT(soon.cached_input, 2'000);
  EXPECT_EQ(soon.cached_input % 128, 0);
  EXPECT_EQ(soon.input(), k_input);
  const auto late = model.serve(call_of(speaks, first, 30 * k_minute)).value();
  EXPECT_EQ(late.cached_input, 0);
}

TEST(prefix_model, an_automatic_cache_keeps_no_short_prompt_nor_the_last_token_nor_a_strangers) {
  const std::string body = openai_body(k_system, k_question);
  const auto again = [&](std::int64_t tokens, const char* tenant) {
    prefix_model model{1U << 20U};
    auto call = call_of(dialogue::protocol::openai_chat, body, 1);
    call.tenant = "a";
    call.input_tokens = tokens;
    EXPECT_TRUE(model.serve(call));
    call.tenant = tenant;
    return model.serve(call)->cached_input;
  };
  EXPECT_EQ(again(1'000, "a"), 0);
  EXPECT_EQ(again(2'048, "a"), 1'920); // all but a token, in steps of 128
  EXPECT_EQ(again(2'048, "b"), 0);
}

/// Blocks of the system prompt, each with the mark that follows it.
std::string marked_body(const std::string& first_mark, const std::string& second_mark) {
  return fmt::format(R"({{"model":"m","max_tokens":10,"system":[{{"type":"text","text":"{}"{}}},)"
                     R"({{"type":"text","text":"{}"{}}}],"messages":[{{"role":"user","content":"x"}}]}})",
                     k_system, first_mark, k_system, second_mark);
}

TEST(prefix_model, marks_of_the_client_are_paid_by_their_life_and_live_as_long_as_they_are_read) {
  constexpr const char* k_mark = R"(,"cache_control":{"type":"ephemeral"})";
  constexpr const char* k_hour = R"(,"cache_control":{"type":"ephemeral","ttl":"1h"})";
  const auto speaks = dialogue::protocol::anthropic;
  const auto serve = [&](prefix_model& model, const std::string& body, std::int64_t minute, std::int64_t tokens) {
    auto call = call_of(speaks, body, minute * k_minute + 1);
    call.place_marks = false;
    call.input_tokens = tokens;
    return model.serve(call).value();
  };
  prefix_model brief{1U << 20U};
  EXPECT_EQ(serve(brief, marked_body(k_mark, ""), 0, 500).cache_write, 0) << "too short to be kept";
  prefix_model long_lived{1U << 20U};
  const auto hour = serve(long_lived, marked_body(k_hour, ""), 0, 6'000);
  EXPECT_GT(hour.cache_write_hour, 1'024);
  EXPECT_EQ(hour.cache_write_hour, hour.cache_write);
  prefix_model used{1U << 20U};
  EXPECT_EQ(serve(used, marked_body(k_mark, ""), 0, 6'000).cache_write_hour, 0);
  EXPECT_GT(serve(used, marked_body("", k_mark), 4, 6'000).cached_input, 1'024) << "what lies before the mark is found";
  EXPECT_EQ(serve(used, marked_body("", ""), 8, 6'000).cached_input, 0) << "nobody asks for it";
  EXPECT_GT(serve(used, marked_body(k_mark, ""), 8, 6'000).cached_input, 1'024) << "its use has kept it";
}

TEST(prefix_model, marks_are_placed_on_what_comes_back_and_every_token_is_counted_once) {
  prefix_model model{1U << 20U};
  const auto speaks = dialogue::protocol::anthropic;
  std::int64_t read = 0;
  for (int i = 0; i < 20; ++i) {
    const auto split = model.serve(call_of(speaks, body_of(k_system, fmt::format("question {}", i)), i * k_minute + 1));
    ASSERT_TRUE(split);
    EXPECT_EQ(split->input(), k_input);
    EXPECT_GE(split->fresh_input, 0);
    read += split->cached_input;
  }
  EXPECT_GT(read, 10 * 2'000);
}

TEST(prefix_model, without_marks_nothing_is_kept_and_other_protocols_have_no_layout) {
  prefix_model model{1U << 20U};
  const std::string body = body_of(k_system, k_question);
  for (int i = 0; i < 5; ++i) {
    auto call = call_of(dialogue::protocol::anthropic, body, i * k_minute + 1);
    call.place_marks = false;
    const auto split = model.serve(call).value();
    EXPECT_EQ(split.cached_input + split.cache_write, 0);
  }
  EXPECT_FALSE(model.serve(call_of(dialogue::protocol::gemini, body, 1)));
  EXPECT_FALSE(model.serve(call_of(dialogue::protocol::anthropic, "not json", 1)));
  EXPECT_FALSE(model.serve(call_of(dialogue::protocol::anthropic, "", 1)));
}

} // namespace
} // namespace inferenceflow::replay
