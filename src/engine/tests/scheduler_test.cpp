#include "engine/scheduler.h"

#include <gtest/gtest.h>
#include <string>

namespace inferenceflow::engine {
namespace {

scheduler_limits small() {
  scheduler_limits limits;
  limits.sequences_max = 3;
  limits.cells_max = 100;
  limits.context_tokens = 100;
  limits.batch_tokens_max = 32;
  limits.prompt_tokens_min = 8;
  limits.growth_tokens = 10;
  return limits;
}

constexpr steady_time k_start{std::chrono::hours(1)};
constexpr std::uint32_t k_plenty = 1000;

// Plans and commits one step.
scheduler::step advance(scheduler& s, std::uint32_t token_budget = k_plenty) {
  auto step = s.plan(token_budget);
  s.commit(step);
  return step;
}

void enqueue(scheduler& s, const demand& wanted) {
  ASSERT_TRUE(s.offer(wanted, k_start).has_value());
}

TEST(scheduler, a_prompt_that_leaves_no_room_names_both_counts) {
  const scheduler s(small());
  const auto refused = s.check({1, 100, 1, 5});
  ASSERT_TRUE(refused.has_error());
  EXPECT_EQ(refused.error().kind, error_kind::context_too_long);
  EXPECT_NE(refused.error().message.find("prompt has 100 tokens, the context holds 100"), std::string::npos);
  EXPECT_TRUE(s.check({1, 99, 1, 5}).has_value());
}

TEST(scheduler, empty_prompts_and_too_many_choices_are_refused) {
  const scheduler s(small());
  EXPECT_EQ(s.check({1, 0, 1, 5}).error().param, "prompt");
  EXPECT_EQ(s.check({1, 5, 4, 5}).error().param, "n");
  EXPECT_EQ(s.check({1, 5, 0, 5}).error().param, "n");
}

TEST(scheduler, a_long_prompt_is_decoded_in_parts) {
  scheduler s(small());
  enqueue(s, {1, 70, 1, 5});
  const auto admitted = s.admit(k_start);
  ASSERT_EQ(admitted.size(), 1U);
  EXPECT_EQ(admitted[0].tokens_max, 5U);
  const auto first = advance(s);
  ASSERT_EQ(first.prompts.size(), 1U);
  EXPECT_EQ(first.prompts[0].count, 32U);
  EXPECT_FALSE(first.prompts[0].last);
  advance(s);
  const auto third = advance(s);
  EXPECT_EQ(third.prompts[0].offset, 64U);
  EXPECT_EQ(third.prompts[0].count, 6U);
  EXPECT_TRUE(third.prompts[0].last);
  const auto decode = advance(s);
  ASSERT_EQ(decode.decodes.size(), 1U);
  EXPECT_EQ(decode.decodes[0].position, 70U);
}

TEST(scheduler, a_prompt_takes_what_the_decodes_leave_of_the_budget) {
  scheduler s(small());
  enqueue(s, {1, 4, 1, 20});
  enqueue(s, {2, 60, 1, 1});
  EXPECT_EQ(s.admit(k_start).size(), 2U);
  advance(s);
  const auto mixed = advance(s, 9);
  EXPECT_EQ(mixed.decodes.size(), 1U);
  ASSERT_EQ(mixed.prompts.size(), 1U);
  EXPECT_EQ(mixed.prompts[0].count, 8U);
  EXPECT_TRUE(mixed.prompts_waited);
  EXPECT_EQ(advance(s, 13).prompts.at(0).count, 12U);
  const auto starved = advance(s, 1);
  EXPECT_EQ(starved.prompts.at(0).count, 8U) << "a prompt always moves";
}

TEST(scheduler, several_choices_share_the_prompt_and_take_a_sequence_each) {
  scheduler s(small());
  enqueue(s, {1, 10, 3, 20});
  const auto admitted = s.admit(k_start);
  ASSERT_EQ(admitted.size(), 1U);
  EXPECT_EQ(admitted[0].sequences.size(), 3U);
  EXPECT_EQ(s.reserved_cells(), 70U);
  advance(s);
  EXPECT_EQ(advance(s).decodes.size(), 3U);
  s.end_choice(1, 1);
  EXPECT_EQ(s.reserved_cells(), 50U);
  EXPECT_EQ(advance(s).decodes.size(), 2U);
  s.end_choice(1, 0);
  s.end_choice(1, 2);
  EXPECT_EQ(s.reserved_cells(), 0U);
  EXPECT_EQ(s.busy_sequences(), 0U);
}

TEST(scheduler, a_reservation_is_never_taken_away) {
  scheduler s(small());
  enqueue(s, {1, 20, 1, 60});
  enqueue(s, {2, 10, 1, 60});
  EXPECT_EQ(s.admit(k_start).size(), 1U) << "the second does not fit beside the first";
  EXPECT_EQ(s.waiting(), 1U);
  s.end_choice(1, 0);
  EXPECT_EQ(s.admit(k_start).size(), 1U);
}

TEST(scheduler, jobs_start_in_order_of_arrival) {
  scheduler s(small());
  enqueue(s, {1, 50, 1, 40});
  enqueue(s, {2, 50, 1, 40});
  enqueue(s, {3, 1, 1, 1});
  const auto admitted = s.admit(k_start);
  ASSERT_EQ(admitted.size(), 1U) << "the small third must not pass the second for ever";
  EXPECT_EQ(admitted[0].job, 1U);
}

TEST(scheduler, a_job_without_a_limit_leaves_room_for_others) {
  scheduler s(small());
  enqueue(s, {1, 10, 1, {}});
  enqueue(s, {2, 10, 1, {}});
  EXPECT_EQ(s.admit(k_start).size(), 2U);
  EXPECT_EQ(s.reserved_cells(), 40U);
}

TEST(scheduler, an_elastic_job_pauses_until_others_end) {
  scheduler s(small());
  enqueue(s, {1, 20, 1, {}});
  enqueue(s, {2, 20, 1, 50});
  EXPECT_EQ(s.admit(k_start).size(), 2U);
  EXPECT_EQ(s.reserved_cells(), 100U);
  advance(s);
  advance(s);
  for (int i = 0; i < 10; ++i) {
    advance(s);
  }
  const auto paused = s.plan(k_plenty);
  ASSERT_EQ(paused.decodes.size(), 1U) << "the one with a reservation goes on";
  EXPECT_EQ(paused.decodes[0].job, 2U);
  enqueue(s, {3, 1, 1, 1});
  s.end_choice(2, 0);
  EXPECT_TRUE(s.admit(k_start).empty()) << "the paused job comes before new ones";
  EXPECT_EQ(advance(s).decodes.at(0).job, 1U);
  EXPECT_EQ(s.admit(k_start).size(), 1U);
}

TEST(scheduler, when_everybody_waits_the_youngest_gives_way) {
  scheduler s(small());
  enqueue(s, {1, 40, 1, {}});
  enqueue(s, {2, 40, 1, {}});
  EXPECT_EQ(s.admit(k_start).size(), 2U);
  scheduler::step step;
  for (int i = 0; i < 200 && !(step = s.plan(k_plenty)).victim; ++i) {
    s.commit(step);
  }
  ASSERT_TRUE(step.victim.has_value());
  EXPECT_EQ(step.victim->job, 2U);
  s.end_choice(2, 0);
  EXPECT_EQ(s.plan(k_plenty).decodes.at(0).job, 1U) << "and the older goes on";
}

TEST(scheduler, removal_frees_waiting_and_running_jobs) {
  scheduler s(small());
  enqueue(s, {1, 10, 2, 10});
  enqueue(s, {2, 90, 1, 5});
  EXPECT_EQ(s.admit(k_start).size(), 1U);
  s.remove(2);
  EXPECT_TRUE(s.take_edits().empty());
  EXPECT_EQ(s.waiting(), 0U);
  s.remove(1);
  EXPECT_EQ(s.take_edits().size(), 2U);
  EXPECT_EQ(s.reserved_cells(), 0U);
  EXPECT_EQ(s.busy_sequences(), 0U);
  s.remove(7);
  EXPECT_TRUE(s.take_edits().empty());
  EXPECT_TRUE(s.plan(k_plenty).empty());
}

} // namespace
} // namespace inferenceflow::engine
