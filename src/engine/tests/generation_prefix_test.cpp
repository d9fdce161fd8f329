// Reuse of prompts with the real model: the answer is the same, and most of the prompt is not computed.
#include "engine/model_engine.h"
#include "engine/prefix_tree.h"
#include "engine/tests/local_models.h"

#include <gtest/gtest.h>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace inferenceflow::engine {
namespace {

using testing::collected_generation;

constexpr float k_logprob_tolerance = 0.35F; // other chunks of one prompt were seen to differ by 0.19

generation about(const std::string& question, std::string tenant = "a") {
  std::string rules = "You answer in one word. These are the rules of the house:";
  for (int i = 1; i <= 30; ++i) {
    rules += " Rule " + std::to_string(i) + ": guests leave their shoes at the door and speak softly.";
  }
  generation request;
  request.prompt = std::vector<chat_message>{{"system", rules}, {"user", question}};
  request.sampling.temperature = 0;
  request.tokens_max = 12;
  request.tenant = std::move(tenant);
  return request;
}

struct answer {
  std::string text;
  token_counts counts;
};

model_config roomy() {
  auto config = testing::chat_config();
  config.context_tokens = 2048;
  return config;
}

answer ask(model_engine& model, const generation& request) {
  collected_generation collected;
  EXPECT_TRUE(model.submit(request, collected.callback()).has_value());
  collected.wait();
  EXPECT_FALSE(collected.failure) << collected.failure->message;
  return collected.choices.empty() ? answer{} : answer{collected.choices.front().text, collected.counts};
}

class generation_prefix : public ::testing::Test {
protected:
  void SetUp() override { SKIP_WITHOUT_MODEL(testing::chat_model_file()); }
};

// The likeliest first tokens, with their log probabilities.
std::map<std::string, float> first_tokens(model_engine& model, generation request) {
  request.logprobs = true;
  request.top_logprobs = 5;
  collected_generation collected;
  EXPECT_TRUE(model.submit(request, collected.callback()).has_value());
  collected.wait();
  EXPECT_FALSE(collected.failure);
  std::map<std::string, float> likeliest;
  for (const auto& one : collected.choices.at(0).logprobs.at(0).top) {
    likeliest[one.bytes] = one.logprob;
  }
  return likeliest;
}

// Cells that were computed in other steps differ in their last bits (the kernels depend on how many tokens a step has),
// so a greedy answer is the same only where the model is sure; the probabilities agree closely everywhere.
TEST_F(generation_prefix, a_reused_prompt_gives_the_same_probabilities) {
  auto config = roomy();
  config.prefixes_max = 0;
  model_engine without(config);
  config.prefixes_max = 8;
  model_engine with(config);
  EXPECT_EQ(ask(with, about("What is two plus two?")).counts.reused, 0U);
  for (const auto* question : {"What is the capital of France?", "What is two plus two?", "Name a colour."}) {
    const auto expected = first_tokens(without, about(question));
    const auto got = first_tokens(with, about(question));
    int compared = 0;
    for (const auto& [token, logprob] : expected) {
      if (const auto same = got.find(token); same != got.end()) {
        EXPECT_NEAR(same->second, logprob, k_logprob_tolerance) << question << ": " << token;
        ++compared;
      }
    }
    EXPECT_GE(compared, 4) << question;
  }
  EXPECT_EQ(without.stats().load.reused_tokens, 0U);
}

TEST_F(generation_prefix, the_same_prompt_is_computed_once) {
  model_engine model(roomy());
  const auto first = ask(model, about("What is the capital of France?"));
  static_cast<void>(ask(model, about("Name a colour.")));
  const auto again = ask(model, about("What is the capital of France?"));
  EXPECT_EQ(again.counts.prompt, first.counts.prompt);
  EXPECT_GT(again.counts.reused, again.counts.prompt - 2 * k_prefix_block);
  EXPECT_LT(again.counts.reused, again.counts.prompt);
  testing::wait_for_load(model, [](const worker_load& load) { return load.busy_sequences == 0; });
  EXPECT_GT(model.stats().load.reused_tokens, 2U * 400U);
  EXPECT_GT(model.stats().load.kept_cells, 400U);
}

TEST_F(generation_prefix, tenants_share_only_where_configured) {
  auto config = roomy();
  model_engine apart(config);
  static_cast<void>(ask(apart, about("Who are you?", "a")));
  EXPECT_EQ(ask(apart, about("Who are you?", "b")).counts.reused, 0U);
  config.share_prefixes = true;
  model_engine together(config);
  static_cast<void>(ask(together, about("Who are you?", "a")));
  EXPECT_GT(ask(together, about("Who are you?", "b")).counts.reused, 400U);
}

TEST_F(generation_prefix, requests_that_come_together_compute_their_common_beginning_once) {
  auto config = roomy();
  config.sequences_max = 4;
  model_engine model(config);
  std::vector<std::unique_ptr<collected_generation>> running;
  for (int i = 0; i < 4; ++i) {
    running.push_back(std::make_unique<collected_generation>());
    ASSERT_TRUE(model.submit(about("Count to " + std::to_string(i)), running.back()->callback()).has_value());
  }
  std::uint32_t prompts = 0;
  for (const auto& one : running) {
    one->wait();
    ASSERT_FALSE(one->failure);
    prompts += one->counts.prompt;
  }
  EXPECT_LT(model.stats().load.prompt_tokens, prompts / 2);
}

TEST_F(generation_prefix, several_choices_are_drawn_from_a_reused_prompt) {
  auto config = roomy();
  config.sequences_max = 2;
  model_engine model(config);
  static_cast<void>(ask(model, about("Name a colour.")));
  auto two = about("Name an animal.");
  two.choices = 2;
  collected_generation collected;
  ASSERT_TRUE(model.submit(two, collected.callback()).has_value());
  collected.wait();
  ASSERT_FALSE(collected.failure);
  ASSERT_EQ(collected.choices.size(), 2U);
  EXPECT_EQ(collected.choices[0].text, collected.choices[1].text);
  EXPECT_FALSE(collected.choices[0].text.empty());
  EXPECT_GT(collected.counts.reused, 400U);
}

} // namespace
} // namespace inferenceflow::engine
