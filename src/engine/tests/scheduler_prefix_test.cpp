// What prompts have in common is computed once.
#include "engine/scheduler.h"
#include "engine/tests/step_simulator.h"

#include <gtest/gtest.h>
#include <numeric>

namespace inferenceflow::engine {
namespace {

using testing::simulated_job;
using testing::step_simulator;
using edits = std::vector<scheduler::cache_edit>;

constexpr steady_time k_start{std::chrono::hours(1)};

scheduler_limits roomy() {
  scheduler_limits limits;
  limits.sequences_max = 3;
  limits.sequence_ids = 10;
  limits.prefixes_max = 4;
  limits.cells_max = 1000;
  limits.context_tokens = 400;
  limits.batch_tokens_max = 64;
  return limits;
}

std::vector<token_id> head_and(std::uint32_t head, std::uint32_t rest, token_id other) {
  std::vector<token_id> tokens(head + rest, other);
  std::iota(tokens.begin(), tokens.begin() + head, 0);
  return tokens;
}

demand asking(job_id id, const std::vector<token_id>& prompt, std::string tenant = "a") {
  demand wanted{id, static_cast<std::uint32_t>(prompt.size()), 1, 32};
  wanted.tenant = std::move(tenant);
  wanted.prompt = prompt;
  return wanted;
}

// Runs the job alone to its end. @returns how many prompt tokens were computed.
std::uint32_t serve(scheduler& s, const demand& wanted, std::uint32_t text = 3) {
  EXPECT_TRUE(s.offer(wanted, k_start).has_value());
  static_cast<void>(s.admit(k_start));
  std::uint32_t computed = 0;
  for (std::uint32_t decodes = 0; decodes < text;) {
    const auto step = s.plan(1000);
    if (step.empty()) {
      ADD_FAILURE() << "nothing moves";
      return computed;
    }
    computed += step.prompt_tokens();
    decodes += static_cast<std::uint32_t>(step.decodes.size());
    s.commit(step);
  }
  s.end_choice(wanted.job, 0, std::vector<token_id>(text, 77));
  return computed;
}

TEST(scheduler_prefix, a_beginning_that_was_served_is_not_computed_again) {
  scheduler s(roomy());
  const auto first = head_and(200, 10, 900);
  const auto second = head_and(200, 20, 901);
  EXPECT_EQ(serve(s, asking(1, first)), 210U);
  EXPECT_EQ(s.kept_sequences(), 1U);
  EXPECT_EQ(s.kept_cells(), 208U) << "whole blocks of prompt and text";
  static_cast<void>(s.take_edits());
  EXPECT_EQ(serve(s, asking(2, second)), 220U - 192U);
  EXPECT_EQ(s.reused_tokens(), 192U);
  EXPECT_EQ(s.take_edits().at(1), (scheduler::cache_edit{0, 1, 0, 192}));
  EXPECT_EQ(s.kept_cells(), 192U + 16U + 16U) << "what they share lies there once";
}

TEST(scheduler_prefix, the_last_token_is_always_computed) {
  scheduler s(roomy());
  const auto prompt = head_and(64, 0, 0);
  static_cast<void>(serve(s, asking(1, prompt)));
  EXPECT_EQ(serve(s, asking(2, prompt)), 16U);
  EXPECT_EQ(s.kept_sequences(), 1U) << "the same is not kept twice";
}

TEST(scheduler_prefix, a_conversation_that_goes_on_reuses_the_answer_too) {
  scheduler s(roomy());
  const auto prompt = head_and(60, 0, 0);
  static_cast<void>(serve(s, asking(1, prompt), 30));
  auto next = prompt;
  next.insert(next.end(), 30, 77); // the answer
  next.insert(next.end(), 20, 5);
  EXPECT_EQ(serve(s, asking(2, next)), 110U - 80U);
  EXPECT_EQ(s.kept_sequences(), 1U) << "the longer one replaces its own beginning";
}

TEST(scheduler_prefix, tenants_share_only_where_configured) {
  const auto prompt = head_and(100, 0, 0);
  scheduler apart(roomy());
  static_cast<void>(serve(apart, asking(1, prompt, "a")));
  EXPECT_EQ(serve(apart, asking(2, prompt, "b")), 100U);
  auto limits = roomy();
  limits.share_prefixes = true;
  scheduler together(limits);
  static_cast<void>(serve(together, asking(1, prompt, "a")));
  EXPECT_EQ(serve(together, asking(2, prompt, "b")), 4U);
}

TEST(scheduler_prefix, nothing_is_kept_when_switched_off) {
  auto limits = roomy();
  limits.prefixes_max = 0;
  scheduler s(limits);
  const auto prompt = head_and(100, 0, 0);
  static_cast<void>(serve(s, asking(1, prompt)));
  EXPECT_EQ(serve(s, asking(2, prompt)), 100U);
  EXPECT_EQ(s.reserved_cells(), 0U);
}

TEST(scheduler_prefix, who_begins_alike_at_the_same_time_waits_for_the_first) {
  const auto a = head_and(200, 9, 900);
  const auto b = head_and(200, 9, 901);
  const auto c = head_and(200, 9, 902);
  step_simulator sim(roomy(), {}, {}, 1);
  for (const auto* prompt : {&a, &b, &c}) {
    simulated_job job;
    job.wanted = asking(static_cast<job_id>(1 + (prompt == &b) + 2 * (prompt == &c)), *prompt);
    job.wanted.tokens_max = 8;
    job.output_tokens = 8;
    sim.add(job);
  }
  sim.run();
  EXPECT_EQ(sim.under_test().reused_tokens(), 2U * 192U);
  EXPECT_EQ(sim.records().at(1).reused, 0U);
  EXPECT_EQ(sim.records().at(3).reused, 192U);
}

TEST(scheduler_prefix, the_cheapest_to_recompute_goes_first) {
  auto limits = roomy();
  limits.prefixes_max = 2;
  scheduler s(limits);
  const std::vector<token_id> small(40, 1);
  const std::vector<token_id> large(300, 2);
  const std::vector<token_id> newest(60, 3);
  static_cast<void>(serve(s, asking(1, large)));
  static_cast<void>(serve(s, asking(2, small)));
  static_cast<void>(serve(s, asking(3, newest)));
  EXPECT_EQ(s.kept_sequences(), 2U);
  EXPECT_EQ(serve(s, asking(4, large)), 300U - 288U);
  EXPECT_EQ(serve(s, asking(5, small)), 40U) << "it was the cheapest";
}

TEST(scheduler_prefix, what_nobody_asks_for_goes_in_the_end_however_dear_it_was) {
  auto limits = roomy();
  limits.prefixes_max = 2;
  scheduler s(limits);
  const std::vector<token_id> large(300, 2);
  static_cast<void>(serve(s, asking(1, large)));
  std::vector<std::vector<token_id>> others;
  for (token_id i = 0; i < 20; ++i) {
    others.emplace_back(60, 100 + i);
  }
  job_id id = 10;
  for (const auto& one : others) {
    static_cast<void>(serve(s, asking(id++, one)));
  }
  EXPECT_EQ(serve(s, asking(5, large)), 300U);
}

TEST(scheduler_prefix, what_is_short_is_kept_only_if_it_was_shared_before) {
  auto limits = roomy();
  limits.prefix_tokens_min = 100;
  scheduler s(limits);
  const std::vector<token_id> small(60, 1);
  const auto longer = head_and(120, 0, 0);
  static_cast<void>(serve(s, asking(1, small)));
  EXPECT_EQ(s.kept_sequences(), 0U);
  static_cast<void>(serve(s, asking(2, longer)));
  EXPECT_EQ(s.kept_sequences(), 1U);
  const auto beginning = head_and(48, 32, 5);
  EXPECT_EQ(serve(s, asking(3, beginning)), 32U);
  EXPECT_EQ(s.kept_sequences(), 2U) << "somebody else began so";
}

TEST(scheduler_prefix, a_kept_one_goes_when_its_rent_has_cost_what_it_would_save) {
  auto limits = roomy();
  limits.prefix_rent_tokens = 20;
  scheduler s(limits);
  const auto prompt = head_and(100, 0, 0);
  const std::vector<token_id> other(20, 1);
  static_cast<void>(serve(s, asking(1, prompt), 8));
  static_cast<void>(serve(s, asking(2, other), 12));
  EXPECT_EQ(serve(s, asking(3, prompt), 8), 4U) << "20 tokens were generated since, not more";
  static_cast<void>(serve(s, asking(4, other), 12));
  static_cast<void>(serve(s, asking(5, other), 12));
  EXPECT_EQ(serve(s, asking(6, prompt), 8), 100U);
}

TEST(scheduler_prefix, kept_cells_make_way_for_jobs_but_not_what_the_job_shares) {
  auto limits = roomy();
  limits.cells_max = 400;
  scheduler s(limits);
  const std::vector<token_id> other(150, 1);
  const auto first = head_and(160, 0, 0);
  static_cast<void>(serve(s, asking(1, first)));
  static_cast<void>(serve(s, asking(2, other)));
  EXPECT_EQ(s.kept_sequences(), 2U);
  auto wanted = asking(3, head_and(160, 100, 900)); // 292 cells, of which 160 are there
  const auto prompt = head_and(160, 100, 900);
  wanted.prompt = prompt;
  EXPECT_EQ(serve(s, wanted), 100U);
  EXPECT_EQ(serve(s, asking(4, other)), 150U) << "it had to go";
}

TEST(scheduler_prefix, an_express_job_sets_aside_the_batch_job_whose_prompt_it_shares) {
  auto limits = roomy();
  limits.sequences_max = 1;
  scheduler s(limits);
  const auto prompt = head_and(64, 9, 900);
  auto batch = asking(1, prompt);
  batch.lane = service_lane::batch;
  EXPECT_TRUE(s.offer(batch, k_start).has_value());
  EXPECT_EQ(s.admit(k_start).size(), 1U);
  for (int i = 0; i < 3; ++i) {
    s.commit(s.plan(1000));
  }
  auto express = asking(2, head_and(64, 20, 901));
  const auto other = head_and(64, 20, 901);
  express.prompt = other;
  express.lane = service_lane::express;
  EXPECT_EQ(serve(s, express), 20U);
  EXPECT_EQ(s.set_aside_jobs(), 1U);
  EXPECT_EQ(s.recomputed_tokens(), 0U) << "its cells stayed";
}

TEST(scheduler_prefix, a_deadline_counts_only_what_is_to_be_computed) {
  scheduler s(roomy());
  const auto prompt = head_and(200, 0, 0);
  const step_pace pace{0.001, 0.01, 0.001};
  auto first = asking(1, prompt);
  first.deadline = k_start + std::chrono::milliseconds(1000);
  EXPECT_TRUE(s.offer(first, k_start, pace).has_error()) << "200 tokens take two seconds";
  static_cast<void>(serve(s, asking(2, prompt)));
  auto again = asking(3, prompt);
  again.deadline = first.deadline;
  EXPECT_TRUE(s.offer(again, k_start, pace).has_value());
}

TEST(scheduler_prefix, a_cache_that_is_fuller_than_the_books_gives_up_what_is_kept) {
  scheduler s(roomy());
  const auto prompt = head_and(100, 0, 0);
  static_cast<void>(serve(s, asking(1, prompt)));
  static_cast<void>(s.take_edits());
  EXPECT_TRUE(s.drop_spare());
  EXPECT_EQ(s.take_edits(), (edits{{k_no_sequence, 0}}));
  EXPECT_FALSE(s.drop_spare());
  EXPECT_EQ(s.reserved_cells(), 0U);
}

} // namespace
} // namespace inferenceflow::engine
