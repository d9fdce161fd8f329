#include "routing/choice/experience.h"
#include "routing/choice/warm_prefixes.h"

#include <gtest/gtest.h>

namespace inferenceflow::routing {
namespace {

using std::chrono::milliseconds;

const steady_time k_start{std::chrono::hours{1}};

TEST(experience, tells_first_token_and_pace_apart) {
  experience seen;
  for (int i = 0; i < 20; ++i) {
    seen.record(7,
                {.first_token = milliseconds{200},
                 .whole = milliseconds{1'200},
                 .output_tokens = 101,
                 .prompt_tokens = 50,
                 .prompt_bytes = 200},
                k_start);
  }
  candidate one;
  seen.recall(7, one);
  EXPECT_NEAR(one.speed.first_token_s, 0.2, 0.03);
  EXPECT_NEAR(one.speed.per_token_s, 0.01, 0.0015);
  EXPECT_GE(one.speed.first_token_high_s, one.speed.first_token_s);
  EXPECT_DOUBLE_EQ(one.tokens_per_byte, 0.25);
  EXPECT_DOUBLE_EQ(one.output_tokens, 101);
}

TEST(experience, an_answer_that_came_whole_is_all_time_per_token) {
  experience seen;
  seen.record(7, {.whole = milliseconds{1'000}, .output_tokens = 100}, k_start);
  candidate one;
  seen.recall(7, one);
  EXPECT_EQ(one.speed.first_token_s, 0);
  EXPECT_NEAR(one.speed.per_token_s, 0.01, 0.0015);
}

TEST(experience, the_first_token_is_no_part_of_the_pace_and_two_tokens_tell_none) {
  experience seen;
  seen.record(7, {.first_token = milliseconds{200}, .whole = milliseconds{232}, .output_tokens = 2}, k_start);
  candidate one;
  seen.recall(7, one);
  EXPECT_EQ(one.speed.per_token_s, 0);
  seen.record(8, {.first_token = milliseconds{200}, .whole = milliseconds{584}, .output_tokens = 4}, k_start);
  seen.recall(8, one);
  EXPECT_NEAR(one.speed.per_token_s, 0.128, 0.016); // three tokens after the first; a sketch is off by an eighth
}

TEST(experience, one_slow_answer_in_ten_shows_in_the_high_figures_only) {
  experience seen;
  for (int i = 0; i < 100; ++i) {
    const auto slow = i % 10 == 0 ? 10 : 1;
    seen.record(7, {.first_token = milliseconds{100} * slow, .whole = milliseconds{1'100} * slow, .output_tokens = 101},
                k_start);
  }
  candidate one;
  seen.recall(7, one);
  EXPECT_NEAR(one.speed.first_token_s, 0.1, 0.013);
  EXPECT_NEAR(one.speed.per_token_s, 0.01, 0.0013);
  EXPECT_NEAR(one.speed.first_token_high_s, 1, 0.13);
  EXPECT_NEAR(one.speed.per_token_high_s, 0.1, 0.013);
}

TEST(experience, one_answer_moves_the_usual_length_a_little) {
  experience seen;
  seen.record(7, {.whole = milliseconds{10}, .output_tokens = 100}, k_start);
  seen.record(7, {.whole = milliseconds{10}, .output_tokens = 1'100}, k_start);
  candidate one;
  seen.recall(7, one);
  EXPECT_GT(one.output_tokens, 100);
  EXPECT_LT(one.output_tokens, 200);
}

TEST(experience, a_stranger_stays_unknown_and_a_prediction_stays) {
  experience seen;
  candidate one;
  one.output_tokens = 33;
  seen.recall(7, one);
  EXPECT_FALSE(one.speed.known());
  seen.record(7, {.whole = milliseconds{10}, .output_tokens = 5}, k_start);
  seen.recall(7, one);
  EXPECT_EQ(one.output_tokens, 33);
}

TEST(experience, strange_counts_do_no_harm) {
  experience seen;
  seen.record(7,
              {.first_token = milliseconds{5},
               .whole = milliseconds{1},
               .output_tokens = -3,
               .prompt_tokens = 9,
               .prompt_bytes = 0},
              k_start);
  seen.record(7, {.whole = milliseconds{1}, .output_tokens = 0, .prompt_tokens = 1'000'000, .prompt_bytes = 1},
              k_start);
  candidate one;
  seen.recall(7, one);
  EXPECT_EQ(one.tokens_per_byte, 0);
  EXPECT_GE(one.speed.per_token_s, 0);
}

TEST(experience, prompts_that_are_mostly_frame_or_images_say_nothing_of_text) {
  experience seen;
  seen.record(7, {.whole = milliseconds{9}, .output_tokens = 9, .prompt_tokens = 500, .prompt_bytes = 2'000}, k_start);
  for (int i = 0; i < 100; ++i) {
    seen.record(7, {.whole = milliseconds{9}, .output_tokens = 9, .prompt_tokens = 9, .prompt_bytes = 2}, k_start);
    seen.record(7, {.whole = milliseconds{9}, .output_tokens = 9, .prompt_tokens = 900, .prompt_bytes = 300}, k_start);
  }
  candidate one;
  seen.recall(7, one);
  EXPECT_DOUBLE_EQ(one.tokens_per_byte, 0.25);
}

TEST(experience, forgets_the_target_used_longest_ago) {
  experience seen;
  for (std::uint64_t target = 0; target <= experience::k_targets_max; ++target) {
    seen.record(target, {.whole = milliseconds{10}, .output_tokens = 5}, k_start + milliseconds{target});
  }
  candidate first;
  seen.recall(0, first);
  EXPECT_FALSE(first.speed.known());
  candidate last;
  seen.recall(experience::k_targets_max, last);
  EXPECT_TRUE(last.speed.known());
}

TEST(experience, who_answered_again_is_not_the_one_used_longest_ago) {
  experience seen;
  const experienced answer{.whole = milliseconds{10}, .output_tokens = 5};
  for (std::uint64_t target = 0; target < experience::k_targets_max; ++target) {
    seen.record(target, answer, k_start + milliseconds{target});
  }
  seen.record(0, answer, k_start + std::chrono::hours{1});
  seen.record(experience::k_targets_max, answer, k_start + std::chrono::hours{1});
  candidate first;
  seen.recall(0, first);
  EXPECT_TRUE(first.speed.known());
  candidate second;
  seen.recall(1, second);
  EXPECT_FALSE(second.speed.known());
}

TEST(warm_prefixes, hold_for_five_minutes_at_the_target_that_answered_last) {
  warm_prefixes warm;
  warm.note(1, 10, 8'000, k_start);
  EXPECT_EQ(warm.held(1, 10, k_start), 8'000U);
  EXPECT_EQ(warm.held(1, 11, k_start), 0U);
  EXPECT_EQ(warm.held(2, 10, k_start), 0U);
  EXPECT_EQ(warm.held(1, 10, k_start + std::chrono::minutes{6}), 0U);
  warm.note(1, 11, 9'000, k_start);
  EXPECT_EQ(warm.held(1, 10, k_start), 0U);
  EXPECT_EQ(warm.held(1, 11, k_start), 9'000U);
}

TEST(warm_prefixes, short_prompts_and_no_conversation_are_not_noted) {
  warm_prefixes warm;
  warm.note(0, 10, 8'000, k_start);
  warm.note(1, 10, warm_prefixes::k_bytes_min - 1, k_start);
  warm.note(2, 10, warm_prefixes::k_bytes_min, k_start);
  EXPECT_EQ(warm.held(0, 10, k_start), 0U);
  EXPECT_EQ(warm.held(1, 10, k_start), 0U);
  EXPECT_EQ(warm.held(2, 10, k_start), warm_prefixes::k_bytes_min);
}

TEST(warm_prefixes, forget_the_conversation_noted_longest_ago) {
  warm_prefixes warm;
  for (std::uint64_t i = 1; i <= warm_prefixes::k_conversations_max + 1; ++i) {
    warm.note(i, 10, 8'000, k_start);
  }
  EXPECT_EQ(warm.held(1, 10, k_start), 0U);
  EXPECT_EQ(warm.held(2, 10, k_start), 8'000U);
  warm.note(2, 10, 9'000, k_start);
  warm.note(warm_prefixes::k_conversations_max + 2, 10, 8'000, k_start);
  EXPECT_EQ(warm.held(2, 10, k_start), 9'000U) << "it went on";
  EXPECT_EQ(warm.held(3, 10, k_start), 0U);
}

} // namespace
} // namespace inferenceflow::routing
