#include "engine/engine_set.h"
#include "engine/tests/local_models.h"

#include <boost/json/parse.hpp>
#include <cmath>
#include <gtest/gtest.h>
#include <memory>
#include <string>

namespace inferenceflow::engine {
namespace {

using testing::collected_generation;

generation ask(const std::string& question, std::uint32_t tokens_max) {
  generation request;
  request.prompt = std::vector<chat_message>{{"user", question}};
  request.sampling.temperature = 0;
  request.tokens_max = tokens_max;
  return request;
}

// One engine for the whole suite: loading takes longer than most tests.
class generation_with_model : public ::testing::Test {
protected:
  static void SetUpTestSuite() {
    if (std::filesystem::exists(testing::chat_model_file())) {
      set_ = std::make_unique<engine_set>(std::vector{testing::chat_config()}, log_sink{});
    }
  }
  static void TearDownTestSuite() { set_.reset(); }
  void SetUp() override { SKIP_WITHOUT_MODEL(testing::chat_model_file()); }

  static model_engine& chat() { return *set_->find("chat"); }
  static std::unique_ptr<collected_generation> start(const generation& request, job_id* id = nullptr) {
    auto collected = std::make_unique<collected_generation>();
    const auto job = chat().submit(request, collected->callback());
    EXPECT_TRUE(job.has_value());
    if (id != nullptr && job.has_value()) {
      *id = job.value();
    }
    return collected;
  }
  static std::unique_ptr<collected_generation> run(const generation& request) {
    auto collected = start(request);
    collected->wait();
    return collected;
  }

private:
  static std::unique_ptr<engine_set> set_;
};
std::unique_ptr<engine_set> generation_with_model::set_;

TEST_F(generation_with_model, greedy_answers_repeat_and_counts_are_exact) {
  const auto first = run(ask("What is the capital of France?", 24));
  const auto second = run(ask("What is the capital of France?", 24));
  ASSERT_FALSE(first->failure) << first->failure->message;
  ASSERT_EQ(first->choices.size(), 1U);
  EXPECT_FALSE(first->choices[0].text.empty());
  EXPECT_EQ(first->choices[0].text, second->choices[0].text);
  EXPECT_EQ(first->counts.prompt, second->counts.prompt);
  EXPECT_EQ(first->counts.completion, second->counts.completion);
  EXPECT_GT(first->counts.prompt, 10U);
  EXPECT_LE(first->counts.completion, 24U);
}

TEST_F(generation_with_model, a_seed_fixes_what_is_drawn) {
  auto request = ask("Tell me a story.", 24);
  request.sampling.temperature = 1.0F;
  request.sampling.seed = 7;
  const auto first = run(request);
  const auto again = run(request);
  request.sampling.seed = 8;
  const auto other = run(request);
  EXPECT_EQ(first->choices[0].text, again->choices[0].text);
  EXPECT_NE(first->choices[0].text, other->choices[0].text);
}

TEST_F(generation_with_model, several_requests_run_at_once_and_all_end) {
  std::vector<std::unique_ptr<collected_generation>> running;
  for (int i = 0; i < 9; ++i) {
    running.push_back(start(ask("Count to " + std::to_string(i + 3), 12)));
  }
  for (const auto& one : running) {
    one->wait();
    ASSERT_FALSE(one->failure) << one->failure->message;
    EXPECT_FALSE(one->choices[0].text.empty());
    EXPECT_LE(one->counts.completion, 12U);
  }
  testing::wait_for_load(chat(), [](const worker_load& load) { return load.busy_sequences == 0; });
  EXPECT_EQ(chat().stats().load.reserved_cells, chat().stats().load.kept_cells);
}

// What stands beside a request in the batch may change the last bits of its logits, not what the model is sure of.
TEST_F(generation_with_model, a_sure_answer_is_the_same_beside_others) {
  generation request;
  request.prompt = std::string("one two three four five one two three four five one two three four");
  request.sampling.temperature = 0;
  request.tokens_max = 6;
  const auto alone = run(request);
  const auto other = start(ask("Write a long poem about the sea.", 20));
  other->wait_for_text();
  const auto beside = run(request);
  other->wait();
  EXPECT_EQ(alone->choices[0].text, beside->choices[0].text);
}

TEST_F(generation_with_model, a_stop_string_ends_the_text_and_never_shows) {
  generation request;
  request.prompt = std::string("one two three four five six one two three four five six one two");
  request.sampling.temperature = 0;
  request.tokens_max = 20;
  const auto free = run(request);
  const auto& whole = free->choices[0].text;
  ASSERT_GT(whole.size(), 20U);
  // A piece that begins and ends inside words: it is held back over several tokens.
  const auto piece = whole.substr(8, 6);
  request.stop = {piece, "never said"};
  const auto stopped = run(request);
  EXPECT_EQ(stopped->choices[0].text, whole.substr(0, whole.find(piece)));
  EXPECT_EQ(stopped->choices[0].reason, end_reason::stop);
  EXPECT_LT(stopped->counts.completion, free->counts.completion);
}

TEST_F(generation_with_model, log_probabilities_belong_to_the_text) {
  auto request = ask("What is water?", 8);
  request.logprobs = true;
  request.top_logprobs = 5;
  const auto answer = run(request);
  const auto& choice = answer->choices.at(0);
  std::string joined;
  for (const auto& entry : choice.logprobs) {
    joined += entry.bytes;
    ASSERT_EQ(entry.top.size(), 5U);
    EXPECT_FLOAT_EQ(entry.top[0].logprob, entry.logprob) << "greedy: the likeliest was chosen";
    double sum = 0;
    for (const auto& alternative : entry.top) {
      sum += std::exp(static_cast<double>(alternative.logprob));
    }
    EXPECT_GT(sum, 0.0);
    EXPECT_LE(sum, 1.0 + 1e-5);
  }
  EXPECT_EQ(joined, choice.text);
}

TEST_F(generation_with_model, two_choices_with_one_prompt) {
  auto request = ask("Tell me something.", 16);
  request.sampling.temperature = 1.2F;
  request.sampling.seed = 3;
  request.choices = 2;
  const auto answer = run(request);
  ASSERT_EQ(answer->choices.size(), 2U);
  EXPECT_NE(answer->choices[0].text, answer->choices[1].text);
  EXPECT_TRUE(answer->choices[0].reason && answer->choices[1].reason);
  request.choices = 1;
  EXPECT_EQ(run(request)->counts.prompt, answer->counts.prompt) << "the prompt is counted once";
}

TEST_F(generation_with_model, a_schema_holds_the_output) {
  auto request = ask("Give me a person as JSON.", 120);
  request.json_schema = R"({"type":"object","properties":{"name":{"type":"string","maxLength":20},
                          "age":{"type":"integer"}},"required":["name","age"],"additionalProperties":false})";
  const auto answer = run(request);
  ASSERT_FALSE(answer->failure) << answer->failure->message;
  boost::system::error_code bad;
  const auto document = boost::json::parse(answer->choices[0].text, bad);
  ASSERT_FALSE(bad) << answer->choices[0].text;
  EXPECT_TRUE(document.as_object().at("name").is_string());
  EXPECT_TRUE(document.as_object().at("age").is_int64());
  EXPECT_EQ(document.as_object().size(), 2U);
}

TEST_F(generation_with_model, bad_requests_name_their_field) {
  auto schema = ask("x", 4);
  schema.json_schema = "{";
  EXPECT_EQ(run(schema)->failure.value().param, "json_schema");
  auto bias = ask("x", 4);
  bias.sampling.logit_bias = {{1'000'000, 1.0F}};
  EXPECT_EQ(run(bias)->failure.value().param, "logit_bias");
  auto tokens = ask("x", 4);
  tokens.prompt = std::vector<token_id>{1, 1'000'000};
  EXPECT_EQ(run(tokens)->failure.value().param, "prompt");
  auto many = ask("x", 4);
  many.choices = 99;
  EXPECT_EQ(run(many)->failure.value().param, "n");
}

TEST_F(generation_with_model, logit_bias_forces_a_token) {
  generation request;
  request.prompt = std::vector<token_id>{100, 200, 300};
  request.sampling.temperature = 0;
  request.sampling.logit_bias = {{500, 100.0F}};
  request.tokens_max = 3;
  request.logprobs = true;
  const auto answer = run(request);
  ASSERT_EQ(answer->choices.at(0).logprobs.size(), 3U);
  EXPECT_EQ(answer->choices[0].logprobs[0].bytes, answer->choices[0].logprobs[2].bytes);
}

TEST_F(generation_with_model, a_prompt_that_does_not_fit_names_both_counts) {
  generation request;
  request.prompt = std::vector<token_id>(300, 100);
  const auto answer = run(request);
  ASSERT_TRUE(answer->failure);
  EXPECT_EQ(answer->failure->kind, error_kind::context_too_long);
  EXPECT_NE(answer->failure->message.find("prompt has 300 tokens, the context holds 256"), std::string::npos);
}

TEST_F(generation_with_model, a_huge_text_is_refused_unread) {
  generation request;
  request.prompt = std::string(8U << 20U, 'x');
  EXPECT_EQ(run(request)->failure.value().kind, error_kind::context_too_long);
}

TEST_F(generation_with_model, the_text_ends_with_the_context) {
  generation request;
  request.prompt = std::vector<token_id>(252, 100);
  request.sampling.temperature = 0;
  const auto answer = run(request);
  ASSERT_FALSE(answer->failure);
  EXPECT_LE(answer->counts.completion, 4U);
}

TEST_F(generation_with_model, cancelling_frees_the_sequence) {
  job_id id = 0;
  auto request = ask("Write a very long story.", 200);
  request.sampling.logit_bias = {{2, -100.0F}}; // the end of the turn
  const auto running = start(request, &id);
  running->wait_for_text();
  testing::wait_for_load(chat(), [](const worker_load& load) { return load.busy_sequences == 1; });
  chat().cancel(id);
  running->wait();
  ASSERT_TRUE(running->failure);
  EXPECT_EQ(running->failure->kind, error_kind::cancelled);
  testing::wait_for_load(chat(), [](const worker_load& load) { return load.busy_sequences == 0; });
  EXPECT_EQ(chat().stats().load.reserved_cells, chat().stats().load.kept_cells);
}

TEST_F(generation_with_model, streamed_text_is_whole_characters) {
  auto request = ask("Repeat exactly: \xF0\x9F\x99\x82\xF0\x9F\x8D\x95 \xE4\xBD\xA0\xE5\xA5\xBD caf\xC3\xA9", 40);
  const auto answer = run(request);
  for (const auto& delta : answer->choices.at(0).deltas) {
    EXPECT_NE(static_cast<unsigned char>(delta[0]) & 0xC0U, 0x80U) << "starts inside a character";
  }
}

} // namespace
} // namespace inferenceflow::engine
