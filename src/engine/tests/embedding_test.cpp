#include "engine/engine_set.h"
#include "engine/tests/local_models.h"

#include <boost/json/parse.hpp>
#include <cmath>
#include <fstream>
#include <future>
#include <gtest/gtest.h>
#include <numeric>
#include <sstream>
#include <string>

namespace inferenceflow::engine {
namespace {

class embedding_with_model : public ::testing::Test {
protected:
  void SetUp() override {
    SKIP_WITHOUT_MODEL(testing::embedding_model_file());
    engine_ = std::make_unique<engine_set>(std::vector{testing::embedding_config()}, log_sink{});
  }

  result<embedding_answer> embed(embedding_request request) {
    std::promise<result<embedding_answer>> done;
    const auto job = engine_->find("embed")->submit(
        std::move(request), [&done](result<embedding_answer>&& answer) { done.set_value(std::move(answer)); });
    if (job.has_error()) {
      return job.error();
    }
    return done.get_future().get();
  }

  model_engine& model() { return *engine_->find("embed"); }

private:
  std::unique_ptr<engine_set> engine_;
};

double dot(const std::vector<float>& a, const std::vector<float>& b) {
  return std::inner_product(a.begin(), a.end(), b.begin(), 0.0);
}

std::vector<float> floats_of(const boost::json::array& array) {
  std::vector<float> out;
  for (const auto& value : array) {
    out.push_back(value.to_number<float>());
  }
  return out;
}

// The reference vectors come from the published model in its own framework; their file names the versions.
TEST_F(embedding_with_model, vectors_agree_with_the_reference) {
  const auto file = std::filesystem::path(IFLOW_ENGINE_TEST_DATA) / "minilm_reference.json";
  std::ostringstream text;
  text << std::ifstream(file).rdbuf();
  ASSERT_FALSE(text.str().empty()) << file;
  const auto reference = boost::json::parse(text.str());
  const auto& cases = reference.at("cases").as_array();
  ASSERT_GT(cases.size(), 3U);
  embedding_request all;
  std::uint32_t tokens = 0;
  for (const auto& one : cases) {
    all.inputs.emplace_back(std::string(one.at("text").as_string()));
    tokens += static_cast<std::uint32_t>(one.at("tokens").as_int64());
  }
  const auto together = embed(all);
  ASSERT_TRUE(together.has_value()) << together.error().message;
  EXPECT_EQ(together.value().prompt_tokens, tokens);
  for (std::size_t i = 0; i < cases.size(); ++i) {
    const auto expected = floats_of(cases[i].at("vector").as_array());
    const auto& vector = together.value().vectors[i];
    ASSERT_EQ(vector.size(), expected.size());
    EXPECT_NEAR(dot(vector, vector), 1.0, 1e-5) << "L2-normalised";
    EXPECT_GE(dot(vector, expected) / std::sqrt(dot(expected, expected)), 0.999) << cases[i].at("text").as_string();
  }
}

TEST_F(embedding_with_model, more_inputs_than_one_step_holds_keep_their_order) {
  embedding_request many;
  for (int i = 0; i < 70; ++i) {
    many.inputs.emplace_back("sentence number " + std::to_string(i));
  }
  const auto answer = embed(many);
  ASSERT_TRUE(answer.has_value()) << answer.error().message;
  ASSERT_EQ(answer.value().vectors.size(), 70U);
  embedding_request one;
  one.inputs.emplace_back("sentence number 63");
  // Not closer: llama.cpp computes short steps and long ones in different ways, and 8-bit weights round anew in each.
  EXPECT_GT(dot(embed(one).value().vectors[0], answer.value().vectors[63]), 0.999);
}

TEST_F(embedding_with_model, an_input_that_does_not_fit_names_both_counts) {
  embedding_request request;
  request.inputs.emplace_back(std::vector<token_id>(600, 2000));
  const auto refused = embed(request);
  ASSERT_TRUE(refused.has_error());
  EXPECT_EQ(refused.error().kind, error_kind::context_too_long);
  EXPECT_NE(refused.error().message.find("600 tokens"), std::string::npos);
  EXPECT_NE(refused.error().message.find("512"), std::string::npos);
}

TEST_F(embedding_with_model, an_input_that_does_not_fit_is_cut_where_that_is_asked_for) {
  std::string head;
  for (int i = 0; i < 600; ++i) {
    head += "river ";
  }
  embedding_request request;
  request.inputs.emplace_back(head + "and something else at the end");
  request.inputs.emplace_back("short enough");
  request.cut_to_fit = true;
  const auto answer = embed(request);
  ASSERT_TRUE(answer.has_value()) << answer.error().message;
  EXPECT_EQ(answer.value().inputs_cut, 1U);
  embedding_request same;
  same.inputs.emplace_back(head + "and quite another end");
  same.cut_to_fit = true;
  EXPECT_GT(dot(embed(same).value().vectors[0], answer.value().vectors[0]), 0.9999) << "what was cut has no part in it";
}

TEST_F(embedding_with_model, megabytes_are_cut_before_they_are_read) {
  embedding_request request;
  request.inputs.emplace_back(std::string(std::size_t{8} << 20U, ' ') + "text");
  request.cut_to_fit = true;
  const auto answer = embed(request);
  ASSERT_TRUE(answer.has_value()) << answer.error().message;
  EXPECT_EQ(answer.value().inputs_cut, 1U);
}

TEST_F(embedding_with_model, does_not_generate_text) {
  const auto refused = model().submit(generation{}, [](generation_event&&) {});
  ASSERT_TRUE(refused.has_error());
  EXPECT_EQ(refused.error().kind, error_kind::invalid_request);
}

} // namespace
} // namespace inferenceflow::engine
