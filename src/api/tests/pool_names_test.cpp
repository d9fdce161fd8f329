#include "api/pool_names.h"

#include <gtest/gtest.h>

namespace inferenceflow::api {
namespace {

TEST(pool_names, a_line_is_one_number_and_back) {
  const auto id = pool_id(5'000'000, 1'000'000);
  ASSERT_TRUE(id);
  EXPECT_EQ(batch_of_pool_id(*id), 5'000'000);
  EXPECT_EQ(line_of_pool_id(*id), 1'000'000);
  EXPECT_FALSE(pool_id(1, std::int64_t{1} << 31U));
  EXPECT_FALSE(pool_id(std::int64_t{1} << 31U, 1));
  EXPECT_FALSE(pool_id(-1, 1));
  EXPECT_TRUE(pool_id((std::int64_t{1} << 31U) - 1, (std::int64_t{1} << 31U) - 1));
}

TEST(pool_names, only_names_of_the_own_mark_are_taken) {
  const std::string name = line_name("m", 42);
  EXPECT_EQ(name, "m-42");
  EXPECT_EQ(id_of_line_name("m", name), 42);
  for (const auto* other : {"", "m", "m-", "m42", "n-42", "m-42x", "m--1", "m-99999999999999999999", "m-4 2"}) {
    EXPECT_FALSE(id_of_line_name("m", other)) << other;
  }
}

TEST(pool_names, a_target_is_a_text_and_back) {
  const pool_target target{.provider = "openai", .model = "a/b:c|d", .path = "/v1/chat/completions"};
  const auto back = pool_target_of(to_text(target));
  ASSERT_TRUE(back);
  EXPECT_EQ(back->provider, target.provider);
  EXPECT_EQ(back->model, target.model);
  EXPECT_EQ(back->path, target.path);
  EXPECT_FALSE(pool_target_of("openai\n/v1"));
  EXPECT_FALSE(pool_target_of(""));
}

} // namespace
} // namespace inferenceflow::api
