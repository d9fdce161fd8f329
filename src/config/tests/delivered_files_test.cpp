// The files under config/ load, and say what the README says about them.
#include "config/load.h"

#include <filesystem>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace inferenceflow::config {
namespace {

std::optional<std::string> bare(std::string_view name) {
  return name == "HOME" ? std::optional<std::string>("/home/ann") : std::nullopt;
}

TEST(delivered_files, default_works_with_no_key_at_all) {
  const auto outcome = load_settings(std::string(IFLOW_CONFIG_FOLDER) + "/default.yaml", bare);
  ASSERT_TRUE(outcome.ok()) << to_string(outcome.problems.at(0));
  ASSERT_EQ(outcome.problems.size(), 1U);
  EXPECT_THAT(to_string(outcome.problems[0]), testing::HasSubstr("environment variable OPENAI_API_KEY is not set"));
  const auto& models = outcome.value.local.models;
  ASSERT_EQ(models.size(), 2U);
  EXPECT_EQ(models[0].file, "/home/ann/.cache/inferenceflow/models/SmolLM2-135M-Instruct.Q4_1.gguf");
  EXPECT_EQ(models[1].kind, model_kind::embedding);
  EXPECT_FALSE(outcome.value.providers.at(0).enabled());
  EXPECT_EQ(outcome.value.providers.at(0).base_url, "https://api.openai.com/v1");
}

TEST(delivered_files, default_takes_the_usual_openai_variables) {
  const auto outcome = load_settings(
      std::string(IFLOW_CONFIG_FOLDER) + "/default.yaml", [](std::string_view name) -> std::optional<std::string> {
        if (name == "OPENAI_API_KEY") {
          return "k";
        }
        return name == "OPENAI_BASE_URL" ? std::optional<std::string>("http://127.0.0.1:9/v1/") : bare(name);
      });
  ASSERT_THAT(outcome.problems, testing::IsEmpty());
  EXPECT_TRUE(outcome.value.providers.at(0).enabled());
  EXPECT_EQ(outcome.value.providers.at(0).base_url, "http://127.0.0.1:9/v1");
}

TEST(delivered_files, examples_load) {
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(std::string(IFLOW_CONFIG_FOLDER) + "/examples")) {
    const auto outcome = load_settings(entry.path().string(), bare);
    EXPECT_TRUE(outcome.ok()) << to_string(outcome.problems.at(0));
    ++files;
  }
  EXPECT_GE(files, 3);
}

} // namespace
} // namespace inferenceflow::config
