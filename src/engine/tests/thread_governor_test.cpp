#include "engine/thread_governor.h"

#include <gtest/gtest.h>

namespace inferenceflow::engine {
namespace {

// Feeds steps whose cost depends on the threads in use. @returns how many of them used all threads.
int run(thread_governor& governor, int steps, double cost_of_all, double cost_of_one) {
  int with_all = 0;
  for (int i = 0; i < steps; ++i) {
    const bool all = governor.threads() > 1;
    with_all += all ? 1 : 0;
    governor.observe(all ? cost_of_all : cost_of_one);
  }
  return with_all;
}

TEST(thread_governor, one_thread_leaves_nothing_to_choose) {
  thread_governor governor(1);
  run(governor, 2000, 0, 0.01);
  EXPECT_EQ(governor.threads(), 1U);
}

TEST(thread_governor, a_calm_machine_keeps_all_threads) {
  thread_governor governor(4);
  EXPECT_GT(run(governor, 5000, 0.004, 0.010), 4950) << "trials cost almost nothing";
}

TEST(thread_governor, a_busy_machine_from_the_start_falls_to_one_thread) {
  thread_governor governor(2);
  EXPECT_LE(run(governor, 500, 1.0, 0.02), 10);
  EXPECT_EQ(governor.threads(), 1U);
}

TEST(thread_governor, when_the_machine_becomes_busy_it_reacts_within_some_steps) {
  thread_governor governor(2);
  run(governor, 1000, 0.006, 0.010);
  EXPECT_EQ(governor.threads(), 2U);
  EXPECT_LE(run(governor, 200, 0.5, 0.015), 40);
}

// A program that wakes up now and then holds a core for a while: single steps of a machine that is calm otherwise.
TEST(thread_governor, single_slow_steps_do_not_cost_the_other_threads) {
  thread_governor governor(2);
  int with_all = 0;
  for (int i = 0; i < 5000; ++i) {
    const bool all = governor.threads() > 1;
    with_all += all ? 1 : 0;
    governor.observe(i % 97 == 0 ? 0.09 : (all ? 0.004 : 0.0075));
  }
  EXPECT_GT(with_all, 4800);
}

TEST(thread_governor, a_short_busy_time_is_soon_forgotten) {
  thread_governor governor(2);
  run(governor, 1000, 0.004, 0.0075);
  run(governor, 60, 0.2, 0.0075);
  EXPECT_EQ(governor.threads(), 1U);
  EXPECT_GT(run(governor, 300, 0.004, 0.0075), 200);
}

TEST(thread_governor, when_the_machine_is_calm_again_all_threads_come_back) {
  thread_governor governor(2);
  run(governor, 300, 1.0, 0.02);
  EXPECT_EQ(governor.threads(), 1U);
  run(governor, 2500, 0.006, 0.010);
  EXPECT_EQ(governor.threads(), 2U);
}

TEST(thread_governor, trials_that_change_nothing_become_rare) {
  thread_governor governor(2);
  EXPECT_LE(run(governor, 20'000, 1.0, 0.02), 16);
}

TEST(thread_governor, a_cost_that_grows_with_the_text_is_no_alarm) {
  thread_governor governor(2);
  int with_all = 0;
  for (int i = 0; i < 4000; ++i) {
    const double growth = 1.0 + i / 1000.0;
    with_all += run(governor, 1, 0.005 * growth, 0.009 * growth);
  }
  EXPECT_GT(with_all, 3900);
}

// A calm machine on which two threads are always better; a sequence among sixteen costs a third of one alone.
int run_among(thread_governor& governor, int steps, std::uint32_t sequences) {
  int with_all = 0;
  for (int i = 0; i < steps; ++i) {
    const bool all = governor.threads() > 1;
    const double alone = all ? 0.004 : 0.007;
    with_all += all ? 1 : 0;
    governor.observe(sequences > 1 ? alone / 3 : alone, sequences);
  }
  return with_all;
}

TEST(thread_governor, company_that_comes_during_a_trial_decides_nothing) {
  for (int alone = 1000; alone < 1050; ++alone) { // the second trial is about then
    thread_governor governor(2);
    run_among(governor, alone, 1);
    EXPECT_GT(run_among(governor, 500, 16), 480) << "after " << alone << " steps alone";
  }
}

TEST(thread_governor, company_that_comes_and_goes_is_no_alarm) {
  thread_governor governor(2);
  int with_all = 0;
  for (int i = 0; i < 100; ++i) {
    with_all += run_among(governor, 40, 16) + run_among(governor, 40, 1);
  }
  EXPECT_GT(with_all, 7900);
}

TEST(thread_governor, a_machine_that_becomes_busy_as_company_comes_is_noticed) {
  thread_governor governor(2);
  run(governor, 1000, 0.006, 0.010);
  int with_all = 0;
  for (int i = 0; i < 300; ++i) {
    with_all += governor.threads() > 1 ? 1 : 0;
    governor.observe(governor.threads() > 1 ? 0.5 : 0.015, 1U << (i % 40 < 20 ? 1 : 3));
  }
  EXPECT_LE(with_all, 40);
}

} // namespace
} // namespace inferenceflow::engine
