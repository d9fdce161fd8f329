#include "codecs/anthropic/model_traits.h"

#include <gtest/gtest.h>

namespace inferenceflow::codecs::anthropic {
namespace {

TEST(model_traits, tells_the_generations_apart) {
  EXPECT_EQ(traits_of("claude-3-5-sonnet-20241022").thinking, thinking_style::none);
  EXPECT_EQ(traits_of("claude-2.1").thinking, thinking_style::none);
  EXPECT_EQ(traits_of("us.anthropic.claude-3-7-sonnet-20250219-v1:0").thinking, thinking_style::budget);
  EXPECT_EQ(traits_of("claude-opus-4-20250514").thinking, thinking_style::budget);
  EXPECT_EQ(traits_of("anthropic/claude-sonnet-4.5").thinking, thinking_style::budget);
  EXPECT_EQ(traits_of("claude-opus-4-6").thinking, thinking_style::either);
  EXPECT_EQ(traits_of("claude-opus-4-7").thinking, thinking_style::adaptive);
  EXPECT_EQ(traits_of("claude-fable-5").thinking, thinking_style::adaptive);
}

TEST(model_traits, knows_who_takes_effort_and_system_turns) {
  EXPECT_FALSE(traits_of("claude-sonnet-4-5").effort);
  EXPECT_TRUE(traits_of("claude-opus-4-5-20251101").effort);
  EXPECT_TRUE(traits_of("claude-sonnet-4-6").effort);
  EXPECT_FALSE(traits_of("claude-opus-4-7").system_turns);
  EXPECT_TRUE(traits_of("claude-opus-4-8").system_turns);
}

TEST(model_traits, trusts_the_client_where_the_name_tells_nothing) {
  for (const char* name : {"", "claude", "claude-mythos-preview", "house-model-3"}) {
    const model_traits traits = traits_of(name);
    EXPECT_EQ(traits.thinking, thinking_style::either) << name;
    EXPECT_TRUE(traits.effort) << name;
    EXPECT_TRUE(traits.system_turns) << name;
  }
}

} // namespace
} // namespace inferenceflow::codecs::anthropic
