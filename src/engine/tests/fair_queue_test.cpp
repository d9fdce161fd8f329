#include "engine/fair_queue.h"

#include <gtest/gtest.h>
#include <string>

namespace inferenceflow::engine {
namespace {

constexpr steady_time k_now{std::chrono::hours(1)};

demand of(job_id job, std::string tenant, std::uint32_t prompt_tokens = 10) {
  demand wanted;
  wanted.job = job;
  wanted.prompt_tokens = prompt_tokens;
  wanted.tenant = std::move(tenant);
  return wanted;
}

void push(fair_queue& queue, const demand& wanted, int due_s = 100) {
  queue.push(wanted, k_now, k_now + std::chrono::seconds(due_s));
}

TEST(fair_queue, who_was_served_least_comes_next) {
  fair_queue queue;
  for (job_id job = 1; job <= 4; ++job) {
    push(queue, of(job, "many"));
  }
  push(queue, of(9, "one"));
  EXPECT_EQ(queue.take().wanted.job, 1U) << "of equals, who came first";
  EXPECT_EQ(queue.take().wanted.job, 9U) << "the flood has had its turn";
  EXPECT_EQ(queue.take().wanted.job, 2U);
  EXPECT_EQ(queue.served("many"), 2 * 10 * k_prompt_weight);
}

TEST(fair_queue, generated_tokens_count) {
  fair_queue queue;
  push(queue, of(1, "talker"));
  push(queue, of(2, "talker"));
  static_cast<void>(queue.take());
  queue.charge("talker", 50);
  push(queue, of(3, "other", 40));
  EXPECT_EQ(queue.served("other"), queue.served("talker")) << "who was away is lifted to the poorest that waits";
  queue.charge("talker", 1);
  EXPECT_EQ(queue.front()->wanted.job, 3U);
}

TEST(fair_queue, who_comes_to_an_empty_line_is_lifted_to_the_last_that_left) {
  fair_queue queue;
  push(queue, of(1, "a", 500));
  static_cast<void>(queue.take());
  push(queue, of(2, "b"));
  EXPECT_EQ(queue.served("b"), 500U) << "no credit for the time before";
}

TEST(fair_queue, inside_a_tenant_the_earliest_deadline_first) {
  fair_queue queue;
  push(queue, of(1, "t"), 30);
  push(queue, of(2, "t"), 10);
  push(queue, of(3, "t"), 20);
  push(queue, of(4, "t"), 10);
  EXPECT_EQ(queue.take().wanted.job, 2U);
  EXPECT_EQ(queue.take().wanted.job, 4U) << "of equals, who came first";
  EXPECT_EQ(queue.take().wanted.job, 3U);
  EXPECT_EQ(queue.take().wanted.job, 1U);
}

TEST(fair_queue, what_is_removed_is_gone_and_the_sums_follow) {
  fair_queue queue;
  push(queue, of(1, "a", 7));
  push(queue, of(2, "b", 5));
  EXPECT_EQ(queue.prompt_tokens(), 12U);
  EXPECT_EQ(queue.choices(), 2U);
  EXPECT_TRUE(queue.remove(1));
  EXPECT_FALSE(queue.remove(1));
  EXPECT_FALSE(queue.remove(77));
  EXPECT_EQ(queue.prompt_tokens(), 5U);
  EXPECT_EQ(queue.front()->wanted.job, 2U);
  EXPECT_TRUE(queue.remove(2));
  EXPECT_EQ(queue.front(), nullptr);
  EXPECT_TRUE(queue.empty());
}

TEST(fair_queue, tenants_that_are_away_are_forgotten_at_the_bound) {
  fair_queue queue;
  for (std::size_t i = 0; i < 2 * k_idle_tenants_max; ++i) {
    const auto name = std::to_string(i);
    push(queue, of(i, name));
    static_cast<void>(queue.take());
    queue.left(name);
  }
  EXPECT_LE(queue.tenants(), k_idle_tenants_max + 1);
}

} // namespace
} // namespace inferenceflow::engine
