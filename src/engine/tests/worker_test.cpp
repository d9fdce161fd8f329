#include "engine/worker.h"

#include <gtest/gtest.h>

namespace inferenceflow::engine {
namespace {

TEST(worker_load, counters_outlive_the_worker_and_what_it_held_does_not) {
  worker_load past;
  past.waiting = past.running = past.set_aside = past.busy_sequences = past.reserved_cells = 7;
  past.kept_sequences = past.kept_cells = past.token_budget = 7;
  past.decode_steps = 1;
  past.prompt_tokens = 2;
  past.completion_tokens = 3;
  past.preemptions = 4;
  past.recomputed_tokens = 5;
  past.reused_tokens = 6;
  past.step_time.add(0.03, k_step_bounds_s);
  past.batch_size.add(2, k_batch_bounds);
  auto& express = past.lanes[index_of(service_lane::express)];
  express.waiting = 7;
  express.wait.add(0.1, k_wait_bounds_s);

  worker_load load = {};
  load.completion_tokens = 10;
  load.waiting = 1;
  add_counters(load, past);
  EXPECT_EQ(load.decode_steps, 1U);
  EXPECT_EQ(load.prompt_tokens, 2U);
  EXPECT_EQ(load.completion_tokens, 13U);
  EXPECT_EQ(load.preemptions, 4U);
  EXPECT_EQ(load.recomputed_tokens, 5U);
  EXPECT_EQ(load.reused_tokens, 6U);
  EXPECT_DOUBLE_EQ(load.step_time.sum, 0.03);
  EXPECT_EQ(load.step_time.counts, past.step_time.counts);
  EXPECT_EQ(load.batch_size.counts, past.batch_size.counts);
  EXPECT_DOUBLE_EQ(load.lanes[index_of(service_lane::express)].wait.sum, 0.1);
  EXPECT_EQ(load.lanes[index_of(service_lane::express)].waiting, 0U);
  EXPECT_EQ(load.waiting, 1U);
  EXPECT_EQ(load.running + load.set_aside + load.busy_sequences + load.reserved_cells + load.kept_sequences +
                load.kept_cells + load.token_budget,
            0U);
}

} // namespace
} // namespace inferenceflow::engine
