#include "engine/engine_set.h"
#include "engine/model_size.h"
#include "engine/tests/local_models.h"

#include <future>
#include <gtest/gtest.h>
#include <memory>
#include <unistd.h>
#include <vector>

namespace inferenceflow::engine {
namespace {

using testing::collected_generation;

class model_pool_test : public ::testing::Test {
protected:
  void SetUp() override {
    if (!std::filesystem::exists(testing::chat_model_file()) ||
        !std::filesystem::exists(testing::embedding_model_file())) {
      GTEST_SKIP() << "run `make models`";
    }
  }

  static std::vector<model_config> two() { return {testing::chat_config(), testing::embedding_config()}; }

  static std::uint64_t bytes_of(std::size_t which) { return model_bytes(two()[which]).value(); }

  /// Room for either of them and not for both.
  static residency_limits narrow() {
    return {.bytes_max = std::max(bytes_of(0), bytes_of(1)) + 1, .patience = std::chrono::milliseconds{50}};
  }

  static generation say(std::uint32_t tokens) {
    generation request;
    request.prompt = std::string("One two three four");
    request.tokens_max = tokens;
    request.sampling.temperature = 0;
    return request;
  }

  static result<embedding_answer> embed(const engine_set& set) {
    std::promise<result<embedding_answer>> got;
    embedding_request request;
    request.inputs.emplace_back(std::string("hello"));
    EXPECT_TRUE(set.find("embed")->submit(
        std::move(request), [&got](result<embedding_answer>&& answer) { got.set_value(std::move(answer)); }));
    return got.get_future().get();
  }
};

TEST_F(model_pool_test, without_a_bound_both_are_loaded) {
  const engine_set set(two(), {});
  collected_generation answer;
  ASSERT_TRUE(set.find("chat")->submit(say(4), answer.callback()));
  answer.wait();
  ASSERT_TRUE(embed(set));
  EXPECT_EQ(set.pool().loads, 2U);
  EXPECT_EQ(set.pool().unloads, 0U);
  EXPECT_EQ(set.pool().bytes, bytes_of(0) + bytes_of(1));
}

TEST_F(model_pool_test, they_take_turns_where_only_one_fits) {
  const engine_set set(two(), {}, narrow());
  std::string first_text;
  for (int round = 0; round < 2; ++round) {
    collected_generation answer;
    ASSERT_TRUE(set.find("chat")->submit(say(8), answer.callback()));
    answer.wait();
    ASSERT_FALSE(answer.failure) << answer.failure->message;
    EXPECT_LE(set.pool().bytes, set.pool().bytes_max);
    first_text = first_text.empty() ? answer.choices.at(0).text : first_text;
    EXPECT_EQ(answer.choices.at(0).text, first_text) << "the same after it was unloaded and loaded again";
    const auto vector = embed(set);
    ASSERT_TRUE(vector) << vector.error().message;
    EXPECT_LE(set.pool().bytes, set.pool().bytes_max);
  }
  EXPECT_GE(set.pool().unloads, 3U);
  EXPECT_EQ(set.find("chat")->stats().state, load_state::unloaded);
  EXPECT_EQ(set.find("chat")->stats().load_error, "") << "to be out of memory is no failure";
  EXPECT_GE(set.find("chat")->stats().load.completion_tokens, 16U) << "counters go on where they were";
}

TEST_F(model_pool_test, a_running_answer_is_finished_before_its_model_goes) {
  const engine_set set(two(), {}, narrow());
  collected_generation answer;
  ASSERT_TRUE(set.find("chat")->submit(say(100), answer.callback()));
  testing::wait_for_load(*set.find("chat"), [](const worker_load& load) { return load.completion_tokens > 2; });
  const auto vector = embed(set); // waits until the answer is complete
  ASSERT_TRUE(vector) << vector.error().message;
  answer.wait();
  EXPECT_FALSE(answer.failure);
  EXPECT_FALSE(answer.choices.at(0).text.empty());
}

TEST_F(model_pool_test, a_model_larger_than_the_bound_says_so_and_the_others_serve) {
  const engine_set set(two(), {}, {.bytes_max = bytes_of(1) + 1, .patience = std::chrono::milliseconds{50}});
  collected_generation answer;
  ASSERT_TRUE(set.find("chat")->submit(say(4), answer.callback()));
  answer.wait();
  ASSERT_TRUE(answer.failure);
  EXPECT_EQ(answer.failure->kind, error_kind::unavailable);
  EXPECT_NE(answer.failure->message.find("local.bytes_max"), std::string::npos) << answer.failure->message;
  EXPECT_TRUE(embed(set));
}

TEST_F(model_pool_test, a_job_that_waits_for_room_can_be_cancelled) {
  const engine_set set(two(), {}, narrow());
  collected_generation answer;
  ASSERT_TRUE(set.find("chat")->submit(say(100), answer.callback()));
  testing::wait_for_load(*set.find("chat"), [](const worker_load& load) { return load.completion_tokens > 2; });
  std::promise<result<embedding_answer>> got;
  embedding_request request;
  request.inputs.emplace_back(std::string("hello"));
  const auto id = set.find("embed")->submit(std::move(request),
                                            [&got](result<embedding_answer>&& one) { got.set_value(std::move(one)); });
  ASSERT_TRUE(id);
  set.find("embed")->cancel(*id);
  const auto ended = got.get_future().get();
  ASSERT_TRUE(ended.has_error());
  EXPECT_EQ(ended.error().kind, error_kind::cancelled);
  answer.wait();
  EXPECT_FALSE(answer.failure);
}

TEST_F(model_pool_test, what_has_not_begun_lets_others_pass_and_is_answered_later) {
  auto models = two();
  models[0].sequences_max = 1;
  const engine_set set(models, {}, narrow());
  std::vector<std::unique_ptr<collected_generation>> answers;
  for (int i = 0; i < 8; ++i) {
    auto request = say(60);
    request.lane = service_lane::batch;
    answers.push_back(std::make_unique<collected_generation>());
    ASSERT_TRUE(set.find("chat")->submit(std::move(request), answers.back()->callback()));
  }
  answers.front()->wait_for_text();
  const auto vector = embed(set);
  ASSERT_TRUE(vector) << vector.error().message;
  const auto load = set.find("chat")->stats().load;
  EXPECT_GT(load.lanes[index_of(service_lane::batch)].waiting, 3U) << "the flood has not been worked off first";
  EXPECT_GE(load.waiting, load.lanes[index_of(service_lane::batch)].waiting);
  for (const auto& answer : answers) {
    answer->wait();
    ASSERT_FALSE(answer->failure) << answer->failure->message;
    EXPECT_EQ(answer->choices.at(0).text, answers.front()->choices.at(0).text);
  }
}

/// Two chat models of which one fits; the first is busy for as long as the test needs.
class model_pool_full : public model_pool_test {
protected:
  void SetUp() override {
    model_pool_test::SetUp();
    if (IsSkipped()) {
      return;
    }
    auto first = testing::chat_config();
    auto second = first;
    second.name = "other";
    second.queue_max = 2;
    const auto bytes = model_bytes(first).value();
    // The first of the configuration is the first in memory.
    set_ = std::make_unique<engine_set>(std::vector{first, second}, log_sink{},
                                        residency_limits{.bytes_max = bytes, .patience = std::chrono::minutes{1}});
    ASSERT_TRUE(set_->find("chat")->submit(say(200), busy_.callback()));
    busy_.wait_for_text();
    ASSERT_FALSE(busy_.failure) << busy_.failure->message;
  }
  void TearDown() override { set_.reset(); }

  collected_generation busy_;
  std::unique_ptr<engine_set> set_;
};

TEST_F(model_pool_full, the_queue_bounds_what_waits_for_the_model) {
  collected_generation first;
  collected_generation second;
  collected_generation third;
  ASSERT_TRUE(set_->find("other")->submit(say(4), first.callback()));
  ASSERT_TRUE(set_->find("other")->submit(say(4), second.callback()));
  const auto refused = set_->find("other")->submit(say(4), third.callback());
  ASSERT_TRUE(refused.has_error());
  EXPECT_EQ(refused.error().kind, error_kind::unavailable);
  EXPECT_TRUE(refused.error().retry_after);
  auto express = say(4);
  express.lane = service_lane::express;
  EXPECT_TRUE(set_->find("other")->submit(express, third.callback())) << "another lane has its own";
}

TEST_F(model_pool_full, a_deadline_ends_the_wait_for_room) {
  auto late = say(4);
  late.deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds{20};
  collected_generation answer;
  ASSERT_TRUE(set_->find("other")->submit(late, answer.callback()));
  answer.wait();
  ASSERT_TRUE(answer.failure);
  EXPECT_EQ(answer.failure->kind, error_kind::unavailable);
  EXPECT_TRUE(answer.failure->retryable);
  EXPECT_NE(answer.failure->message.find("local.bytes_max"), std::string::npos) << answer.failure->message;
  testing::wait_for_load(*set_->find("other"), [](const worker_load& load) { return load.waiting == 0; });
}

TEST_F(model_pool_full, a_cancelled_wait_leaves_the_busy_model_alone) {
  collected_generation answer;
  const auto id = set_->find("other")->submit(say(4), answer.callback());
  ASSERT_TRUE(id);
  set_->find("other")->cancel(*id);
  answer.wait();
  ASSERT_TRUE(answer.failure);
  EXPECT_EQ(answer.failure->kind, error_kind::cancelled);
  busy_.wait();
  EXPECT_FALSE(busy_.failure);
  EXPECT_EQ(set_->pool().unloads, 0U);
}

TEST_F(model_pool_test, a_model_that_does_not_load_takes_no_room_and_the_others_serve) {
  const auto folder = std::filesystem::temp_directory_path() / ("iflow_pool_" + std::to_string(getpid()));
  std::filesystem::create_directories(folder);
  std::filesystem::copy_file(testing::chat_model_file(), folder / "cut.gguf",
                             std::filesystem::copy_options::overwrite_existing);
  std::filesystem::resize_file(folder / "cut.gguf", std::filesystem::file_size(folder / "cut.gguf") / 2);
  auto models = two();
  models[0].path = (folder / "cut.gguf").string();
  auto missing = models[0];
  missing.name = "missing";
  missing.path = (folder / "missing.gguf").string();
  models.push_back(missing);
  {
    const engine_set set(models, {}, narrow());
    for (const auto* name : {"chat", "missing"}) {
      collected_generation answer;
      ASSERT_TRUE(set.find(name)->submit(say(4), answer.callback()));
      answer.wait();
      ASSERT_TRUE(answer.failure) << name;
      EXPECT_EQ(answer.failure->kind, error_kind::unavailable);
      EXPECT_NE(answer.failure->message.find(name), std::string::npos) << answer.failure->message;
    }
    EXPECT_TRUE(embed(set));
    EXPECT_EQ(set.pool().bytes, bytes_of(1));
    EXPECT_EQ(set.pool().loads, 1U);
  }
  std::filesystem::remove_all(folder);
}

TEST_F(model_pool_test, stopping_ends_what_waits_for_room) {
  auto set = std::make_unique<engine_set>(two(), log_sink{}, narrow());
  collected_generation answer;
  ASSERT_TRUE(set->find("chat")->submit(say(200), answer.callback()));
  testing::wait_for_load(*set->find("chat"), [](const worker_load& load) { return load.completion_tokens > 2; });
  std::promise<result<embedding_answer>> got;
  embedding_request request;
  request.inputs.emplace_back(std::string("hello"));
  ASSERT_TRUE(set->find("embed")->submit(std::move(request),
                                         [&got](result<embedding_answer>&& one) { got.set_value(std::move(one)); }));
  set->stop();
  const auto ended = got.get_future().get();
  ASSERT_TRUE(ended.has_error());
  EXPECT_EQ(ended.error().kind, error_kind::unavailable);
}

TEST_F(model_pool_test, the_estimate_covers_weights_and_cache) {
  auto config = testing::chat_config();
  const auto small = model_bytes(config).value();
  EXPECT_GT(small, std::filesystem::file_size(config.path));
  config.cells_tokens += 1'000;
  // SmolLM2-135M: 30 layers, 3 heads of keys and values, each 64 wide, 2 bytes a number.
  EXPECT_EQ(model_bytes(config).value() - small, 1'000U * 30 * 3 * (64 + 64) * 2);
  config.path += ".missing";
  EXPECT_FALSE(model_bytes(config));
}

} // namespace
} // namespace inferenceflow::engine
