#include "engine/engine_set.h"
#include "engine/tests/local_models.h"

#include <chrono>
#include <gtest/gtest.h>
#include <memory>
#include <string>
#include <vector>

namespace inferenceflow::engine {
namespace {

using testing::collected_generation;
using generations = std::vector<std::unique_ptr<collected_generation>>;

// The model is sure of what follows, so the text does not depend on what stands beside it in a step.
generation count_on(std::uint32_t tokens_max, service_lane lane) {
  generation request;
  request.prompt = std::string("one two three four five one two three four five one two three four");
  request.sampling.temperature = 0;
  request.tokens_max = tokens_max;
  request.lane = lane;
  return request;
}

// An express request that needs this many cells.
generation crowd_out(std::uint32_t cells) {
  generation request;
  request.prompt = std::vector<token_id>(cells - 4, 100);
  request.sampling.temperature = 0;
  request.tokens_max = 4;
  request.lane = service_lane::express;
  return request;
}

std::unique_ptr<collected_generation> start(model_engine& model, const generation& request) {
  auto collected = std::make_unique<collected_generation>();
  EXPECT_TRUE(model.submit(request, collected->callback()).has_value());
  return collected;
}

std::string run(model_engine& model, const generation& request) {
  const auto collected = start(model, request);
  collected->wait();
  EXPECT_FALSE(collected->failure) << collected->failure->message;
  return collected->choices.at(0).text;
}

model_config two_at_once() {
  auto config = testing::chat_config();
  config.sequences_max = 2;
  return config;
}

class generation_lanes : public ::testing::Test {
protected:
  void SetUp() override { SKIP_WITHOUT_MODEL(testing::chat_model_file()); }

  /// Starts batch jobs and waits until two of them generate.
  generations flood(std::size_t jobs, std::uint32_t tokens_max) {
    generations running;
    for (std::size_t i = 0; i < jobs; ++i) {
      running.push_back(start(*model_, count_on(tokens_max, service_lane::batch)));
    }
    running[0]->wait_for_text();
    running[1]->wait_for_text();
    return running;
  }

  void expect_all(const generations& running, const std::string& text) {
    for (const auto& one : running) {
      one->wait();
      ASSERT_FALSE(one->failure) << one->failure->message;
      EXPECT_EQ(one->choices.at(0).text, text);
    }
    testing::wait_for_load(*model_, [](const worker_load& load) { return load.busy_sequences == 0; });
    EXPECT_EQ(model_->stats().load.reserved_cells, model_->stats().load.kept_cells);
    EXPECT_EQ(model_->stats().load.set_aside, 0U);
  }

  std::unique_ptr<model_engine> model_;
};

TEST_F(generation_lanes, an_express_request_passes_a_flood_of_batch_work) {
  model_ = std::make_unique<model_engine>(two_at_once());
  const auto alone = run(*model_, count_on(40, service_lane::batch));
  const auto jobs = flood(6, 40);
  const auto beside = start(*model_, count_on(8, service_lane::express)); // in the place that is express's own
  const auto express = start(*model_, count_on(4, service_lane::express));
  express->wait_for_text();
  const auto load = model_->stats().load;
  EXPECT_GT(load.lanes[index_of(service_lane::batch)].waiting, 0U) << "the flood is still there";
  beside->wait();
  express->wait();
  ASSERT_FALSE(express->failure) << express->failure->message;
  EXPECT_EQ(express->choices.at(0).text, alone.substr(0, express->choices.at(0).text.size()));
  expect_all(jobs, alone);
  EXPECT_GE(model_->stats().load.preemptions, 1U);
  EXPECT_EQ(model_->stats().load.recomputed_tokens, 0U) << "there was room for everybody's cells";
}

TEST_F(generation_lanes, a_batch_job_whose_cells_were_needed_goes_on_with_the_same_text) {
  auto config = two_at_once();
  config.cells_tokens = 256;
  model_ = std::make_unique<model_engine>(config);
  const auto alone = run(*model_, count_on(90, service_lane::batch));
  const auto jobs = flood(2, 90);
  static_cast<void>(run(*model_, crowd_out(250)));
  expect_all(jobs, alone);
  EXPECT_GT(model_->stats().load.recomputed_tokens, 16U);
}

TEST_F(generation_lanes, several_choices_go_on_with_the_same_text) {
  auto config = two_at_once();
  config.cells_tokens = 256;
  model_ = std::make_unique<model_engine>(config);
  auto two = count_on(40, service_lane::batch);
  two.choices = 2;
  const auto alone = run(*model_, two);
  const auto job = start(*model_, two);
  testing::wait_for_load(*model_, [](const worker_load& load) { return load.completion_tokens >= 2 * 40 + 20; });
  static_cast<void>(run(*model_, crowd_out(250)));
  job->wait();
  ASSERT_FALSE(job->failure);
  ASSERT_EQ(job->choices.size(), 2U);
  EXPECT_EQ(job->choices[0].text, alone);
  EXPECT_EQ(job->choices[1].text, alone);
  EXPECT_EQ(job->counts.completion, 80U) << "what is computed again is not counted again";
  EXPECT_GT(model_->stats().load.recomputed_tokens, 16U);
}

TEST_F(generation_lanes, a_job_that_is_set_aside_can_be_cancelled) {
  model_ = std::make_unique<model_engine>(two_at_once());
  collected_generation second;
  const auto first = start(*model_, count_on(80, service_lane::batch));
  const auto id = model_->submit(count_on(80, service_lane::batch), second.callback());
  first->wait_for_text();
  second.wait_for_text();
  const auto express = start(*model_, count_on(30, service_lane::express));
  express->wait_for_text();
  model_->cancel(id.value());
  second.wait();
  ASSERT_TRUE(second.failure);
  EXPECT_EQ(second.failure->kind, error_kind::cancelled);
  express->wait();
  first->wait();
  EXPECT_FALSE(express->failure || first->failure);
  testing::wait_for_load(*model_, [](const worker_load& load) { return load.busy_sequences == 0; });
  EXPECT_EQ(model_->stats().load.reserved_cells, model_->stats().load.kept_cells);
}

TEST_F(generation_lanes, a_deadline_that_has_passed_is_told_at_once) {
  model_ = std::make_unique<model_engine>(two_at_once());
  auto late = count_on(4, service_lane::standard);
  late.deadline = std::chrono::steady_clock::now() - std::chrono::seconds(1);
  const auto answer = start(*model_, late);
  answer->wait();
  ASSERT_TRUE(answer->failure);
  EXPECT_EQ(answer->failure->kind, error_kind::unavailable);
  EXPECT_TRUE(answer->failure->retry_after.has_value());
}

TEST_F(generation_lanes, the_wait_counts_from_the_submission) {
  model_ = std::make_unique<model_engine>(two_at_once());
  static_cast<void>(run(*model_, count_on(1, service_lane::express))); // submitted while the model is being loaded
  testing::wait_for_load(*model_, [](const worker_load& load) { return load.busy_sequences == 0; });
  EXPECT_GT(model_->stats().load.lanes[index_of(service_lane::express)].wait.sum, 0.005);
}

TEST_F(generation_lanes, each_lane_has_its_own_bound) {
  auto config = two_at_once();
  config.batch_queue_max = 0;
  model_ = std::make_unique<model_engine>(config);
  collected_generation unused;
  const auto refused = model_->submit(count_on(4, service_lane::batch), unused.callback());
  ASSERT_TRUE(refused.has_error());
  EXPECT_EQ(refused.error().kind, error_kind::unavailable);
  EXPECT_TRUE(refused.error().retry_after.has_value());
  EXPECT_NE(refused.error().message.find("lane batch"), std::string::npos);
  static_cast<void>(run(*model_, count_on(4, service_lane::express)));
  EXPECT_EQ(model_->stats().jobs_refused, 1U);
}

} // namespace
} // namespace inferenceflow::engine
