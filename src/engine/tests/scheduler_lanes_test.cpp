#include "engine/scheduler.h"

#include <gtest/gtest.h>
#include <string>

namespace inferenceflow::engine {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr steady_time k_start{std::chrono::hours(1)};
constexpr std::uint32_t k_plenty = 1000;

scheduler_limits small() {
  scheduler_limits limits;
  limits.sequences_max = 2;
  limits.sequence_ids = 4;
  limits.cells_max = 200;
  limits.context_tokens = 200;
  limits.batch_tokens_max = 64;
  limits.growth_tokens = 10;
  return limits;
}

demand of(job_id job, service_lane lane, std::uint32_t prompt_tokens = 10, std::uint32_t tokens_max = 20) {
  demand wanted;
  wanted.job = job;
  wanted.prompt_tokens = prompt_tokens;
  wanted.tokens_max = tokens_max;
  wanted.lane = lane;
  return wanted;
}

demand express(job_id job, std::uint32_t prompt_tokens = 10, std::uint32_t tokens_max = 20) {
  return of(job, service_lane::express, prompt_tokens, tokens_max);
}
demand batch(job_id job, std::uint32_t prompt_tokens = 10, std::uint32_t tokens_max = 20) {
  return of(job, service_lane::batch, prompt_tokens, tokens_max);
}

void offer(scheduler& s, const demand& wanted, steady_time now = k_start) {
  ASSERT_TRUE(s.offer(wanted, now).has_value());
}

std::vector<job_id> admit(scheduler& s, steady_time now = k_start) {
  std::vector<job_id> ids;
  for (const auto& one : s.admit(now)) {
    ids.push_back(one.job);
  }
  return ids;
}

scheduler::step advance(scheduler& s) {
  auto step = s.plan(k_plenty);
  s.commit(step);
  return step;
}

using ids = std::vector<job_id>;

TEST(scheduler_lanes, lanes_come_in_strict_order) {
  auto limits = small();
  limits.sequences_max = 1;
  scheduler s(limits);
  offer(s, of(1, service_lane::standard));
  EXPECT_EQ(admit(s), ids{1});
  offer(s, batch(2));
  offer(s, of(3, service_lane::standard));
  offer(s, express(4));
  EXPECT_EQ(admit(s), ids{}) << "a standard job yields to nobody";
  s.remove(1);
  EXPECT_EQ(admit(s), ids{4});
  s.remove(4);
  EXPECT_EQ(admit(s), ids{3});
  s.remove(3);
  EXPECT_EQ(admit(s), ids{2});
}

TEST(scheduler_lanes, a_batch_job_is_parked_with_its_cells_and_goes_on_where_it_was) {
  scheduler s(small());
  offer(s, batch(1));
  offer(s, batch(2));
  EXPECT_EQ(admit(s), (ids{1, 2}));
  advance(s);
  advance(s);
  offer(s, express(3));
  EXPECT_EQ(admit(s), ids{3});
  EXPECT_EQ(s.set_aside_jobs(), 1U);
  EXPECT_EQ(s.preemptions(), 1U);
  EXPECT_TRUE(s.take_edits().empty()) << "its sequence keeps what it holds";
  EXPECT_EQ(s.reserved_cells(), 30U + 11U + 30U) << "it keeps what it has used, not what it had reserved";
  const auto step = advance(s);
  ASSERT_EQ(step.prompts.size(), 1U);
  EXPECT_TRUE(step.decodes.empty()) << "while an express job runs, batch jobs wait";
  s.end_choice(3, 0);
  EXPECT_EQ(admit(s), ids{}) << "who still has its cells needs no new start";
  EXPECT_EQ(s.set_aside_jobs(), 0U);
  const auto resumed = advance(s);
  ASSERT_EQ(resumed.decodes.size(), 2U);
  EXPECT_EQ(resumed.decodes[1].job, 2U);
  EXPECT_EQ(resumed.decodes[1].position, 11U);
}

TEST(scheduler_lanes, a_standard_job_takes_a_place_but_batch_goes_on_beside_it) {
  scheduler s(small());
  offer(s, batch(1));
  offer(s, batch(2));
  admit(s);
  advance(s);
  offer(s, of(3, service_lane::standard));
  EXPECT_EQ(admit(s), ids{3});
  const auto step = advance(s);
  EXPECT_EQ(step.prompts.size(), 1U);
  ASSERT_EQ(step.decodes.size(), 1U);
  EXPECT_EQ(step.decodes[0].job, 1U) << "who was admitted last was set aside";
}

TEST(scheduler_lanes, cells_of_parked_jobs_are_dropped_when_needed_and_computed_again) {
  scheduler s(small());
  offer(s, batch(1, 40, 50));
  offer(s, batch(2, 40, 50));
  EXPECT_EQ(admit(s), (ids{1, 2}));
  for (int i = 0; i < 7; ++i) {
    advance(s);
  }
  offer(s, express(3, 20, 60));
  EXPECT_EQ(admit(s), ids{3});
  EXPECT_EQ(s.take_edits(), (std::vector<scheduler::cache_edit>{{k_no_sequence, 1}}))
      << "the cells of the second were needed";
  EXPECT_GT(s.recomputed_tokens(), 40U);
  s.end_choice(3, 0);
  static_cast<void>(s.take_edits());
  const auto again = s.admit(k_start);
  ASSERT_EQ(again.size(), 1U);
  EXPECT_EQ(again[0].job, 2U);
  EXPECT_TRUE(again[0].resumed);
  const auto prompt = advance(s);
  ASSERT_EQ(prompt.prompts.size(), 1U);
  EXPECT_TRUE(prompt.prompts[0].last);
  EXPECT_FALSE(prompt.prompts[0].draw) << "its first token was drawn long ago";
  const auto text = advance(s);
  ASSERT_EQ(text.prompts.size(), 1U);
  EXPECT_EQ(text.prompts[0].offset, 40U);
  const auto decoded = text.prompts[0].count;
  const auto goes_on = advance(s);
  ASSERT_EQ(goes_on.decodes.size(), 2U);
  EXPECT_EQ(goes_on.decodes[1].position, 40U + decoded);
}

TEST(scheduler_lanes, nobody_is_set_aside_in_vain) {
  scheduler s(small());
  offer(s, of(1, service_lane::standard, 100, 60));
  offer(s, batch(2));
  EXPECT_EQ(admit(s), (ids{1, 2}));
  offer(s, express(3, 60, 20));
  EXPECT_EQ(admit(s), ids{}) << "even without the batch job there would not be 80 cells";
  EXPECT_EQ(s.preemptions(), 0U);
}

TEST(scheduler_lanes, a_starving_lane_gets_the_next_place_and_keeps_it) {
  scheduler s(small());
  offer(s, express(1));
  offer(s, express(2));
  offer(s, batch(3));
  offer(s, express(4));
  EXPECT_EQ(admit(s), (ids{1, 2}));
  s.remove(1);
  EXPECT_EQ(admit(s, k_start + milliseconds(1999)), ids{4});
  offer(s, express(5), k_start + milliseconds(1999));
  s.remove(2);
  EXPECT_EQ(admit(s, k_start + milliseconds(2000)), ids{3});
  EXPECT_EQ(admit(s, k_start + milliseconds(5000)), ids{}) << "it is not set aside for an express job";
  const auto step = advance(s);
  EXPECT_EQ(step.prompts.size(), 2U) << "and not held back";
}

TEST(scheduler_lanes, a_batch_job_yields_so_often_and_no_more) {
  auto limits = small();
  limits.sequences_max = 1;
  limits.set_aside_max = 3;
  scheduler s(limits);
  offer(s, batch(1));
  admit(s);
  job_id next = 10;
  for (int i = 0; i < 10; ++i) {
    advance(s);
    offer(s, express(++next));
    if (admit(s).empty()) {
      s.remove(next);
      continue;
    }
    s.remove(next);
    admit(s);
  }
  EXPECT_EQ(s.preemptions(), 3U);
}

TEST(scheduler_lanes, several_choices_are_computed_again_from_one_prompt) {
  scheduler s(small());
  auto two = batch(1, 40, 50);
  two.choices = 2;
  offer(s, two);
  admit(s);
  for (int i = 0; i < 4; ++i) {
    advance(s);
  }
  EXPECT_EQ(s.take_edits(), (std::vector<scheduler::cache_edit>{{0, 1}})) << "the prompt is shared where it lies";
  offer(s, express(2, 100, 60));
  EXPECT_EQ(admit(s), ids{2});
  EXPECT_EQ(s.take_edits().size(), 2U);
  s.remove(2);
  EXPECT_EQ(admit(s), ids{1});
  const auto prompt = advance(s);
  ASSERT_EQ(prompt.prompts.size(), 1U) << "once for both";
  const auto texts = advance(s);
  ASSERT_EQ(texts.prompts.size(), 2U);
  EXPECT_EQ(texts.prompts[1].choice, 1U);
  EXPECT_EQ(texts.prompts[1].count, 3U);
  EXPECT_EQ(advance(s).decodes.size(), 2U);
}

TEST(scheduler_lanes, a_full_line_refuses_with_a_time_to_come_back) {
  auto limits = small();
  limits.queue_max = {1, 1, 2};
  scheduler s(limits);
  offer(s, batch(1));
  offer(s, batch(2));
  const auto refused = s.offer(batch(3), k_start);
  ASSERT_TRUE(refused.has_error());
  EXPECT_EQ(refused.error().kind, error_kind::unavailable);
  EXPECT_TRUE(refused.error().retryable);
  EXPECT_GE(refused.error().retry_after.value().count(), 1);
  EXPECT_NE(refused.error().message.find("2 requests wait in lane batch"), std::string::npos);
  offer(s, express(4));
  s.remove(2);
  offer(s, batch(3));
}

TEST(scheduler_lanes, what_cannot_meet_its_deadline_is_refused) {
  const step_pace pace{0.010, 0.001, 0.010};
  scheduler s(small());
  auto urgent = express(1, 100, 50);
  urgent.deadline = k_start + milliseconds(599);
  const auto refused = s.offer(urgent, k_start, pace);
  ASSERT_TRUE(refused.has_error()) << "100 ms for the prompt and 500 ms for the text";
  EXPECT_TRUE(refused.error().retry_after.has_value());
  EXPECT_NE(refused.error().message.find("about 600 ms"), std::string::npos) << refused.error().message;
  EXPECT_TRUE(s.offer(urgent, k_start).has_value()) << "nothing is known of the pace: nothing is refused";
  s.remove(1);
  urgent.deadline = k_start + milliseconds(601);
  EXPECT_TRUE(s.offer(urgent, k_start, pace).has_value());
  auto late = express(2);
  late.deadline = k_start - milliseconds(1);
  EXPECT_TRUE(s.offer(late, k_start).has_error()) << "it has passed already";
}

TEST(scheduler_lanes, who_waits_past_the_deadline_leaves_the_line) {
  scheduler s(small());
  offer(s, express(1));
  offer(s, express(2));
  admit(s);
  auto waits = express(3);
  waits.deadline = k_start + seconds(1);
  offer(s, waits);
  EXPECT_EQ(admit(s), ids{});
  EXPECT_TRUE(s.expire(k_start + milliseconds(999)).empty());
  EXPECT_EQ(s.expire(k_start + seconds(1)), ids{3});
  EXPECT_EQ(s.waiting(), 0U);
  EXPECT_TRUE(s.expire(k_start + seconds(2)).empty());
}

TEST(scheduler_lanes, who_has_begun_does_not_expire) {
  scheduler s(small());
  auto runs = express(1);
  runs.deadline = k_start + seconds(1);
  offer(s, runs);
  admit(s);
  EXPECT_TRUE(s.expire(k_start + seconds(9)).empty());
}

TEST(scheduler_lanes, batch_work_in_line_does_not_count_for_an_express_job) {
  const step_pace pace{0.010, 0.001, 0.010};
  scheduler s(small());
  for (job_id job = 1; job <= 9; ++job) {
    offer(s, batch(job));
  }
  admit(s);
  EXPECT_EQ(s.wait_estimate(service_lane::express, 1, pace), 0);
  EXPECT_GT(s.wait_estimate(service_lane::batch, 1, pace), 1);
}

TEST(scheduler_lanes, an_express_job_has_a_place_beside_a_full_house) {
  auto limits = small();
  limits.express_extra = 1;
  scheduler s(limits);
  for (job_id id = 1; id <= 3; ++id) {
    offer(s, of(id, service_lane::standard));
  }
  EXPECT_EQ(admit(s), (ids{1, 2}));
  offer(s, express(4));
  offer(s, express(5));
  EXPECT_EQ(admit(s), ids{4}) << "there is one such place";
  EXPECT_EQ(s.busy_sequences(), 3U);
  s.remove(1);
  EXPECT_EQ(admit(s), ids{5}) << "express comes first";
  s.remove(2);
  EXPECT_EQ(admit(s), ids{}) << "the extra place is not for standard jobs";
  s.remove(4);
  EXPECT_EQ(admit(s), ids{3});
}

TEST(scheduler_lanes, removing_a_job_that_is_set_aside_frees_everything) {
  scheduler s(small());
  offer(s, batch(1));
  offer(s, batch(2));
  admit(s);
  advance(s);
  offer(s, express(3));
  admit(s);
  s.remove(2);
  EXPECT_EQ(s.set_aside_jobs(), 0U);
  EXPECT_EQ(s.take_edits().size(), 1U);
  s.remove(1);
  s.remove(3);
  EXPECT_EQ(s.reserved_cells(), 0U);
  EXPECT_EQ(s.busy_sequences(), 0U);
}

TEST(scheduler_lanes, parked_cells_are_dropped_when_the_cache_is_fuller_than_the_books) {
  scheduler s(small());
  offer(s, batch(1));
  offer(s, batch(2));
  admit(s);
  advance(s);
  EXPECT_FALSE(s.drop_spare());
  offer(s, express(3));
  admit(s);
  EXPECT_TRUE(s.drop_spare());
  EXPECT_EQ(s.take_edits().size(), 1U);
  EXPECT_FALSE(s.drop_spare());
}

} // namespace
} // namespace inferenceflow::engine
