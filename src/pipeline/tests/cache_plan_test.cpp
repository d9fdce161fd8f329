#include "pipeline/cache_plan.h"

#include <gtest/gtest.h>

namespace inferenceflow::pipeline {
namespace {

class cache_plan_test : public testing::Test {
protected:
  cache_plan_test() {
    asked_.facts.reproducible = true;
    asked_.facts.hash_high = 1;
    asked_.facts.hash_low = 2;
    route_.identity = 3;
  }
  [[nodiscard]] cache_plan plan() const { return plan_cache(asked_, route_, settings_); }

  request asked_;
  routing::route route_;
  config::cache_settings settings_;
};

TEST_F(cache_plan_test, reproducible_requests_are_looked_up_kept_and_shared) {
  EXPECT_TRUE(plan().lookup);
  EXPECT_TRUE(plan().store);
  EXPECT_TRUE(plan().coalesce);
}

TEST_F(cache_plan_test, nobody_in_a_hurry_shares_a_call_of_lane_batch) {
  const auto standard = plan();
  asked_.lane = service_lane::express;
  EXPECT_EQ(plan().running_key, standard.running_key);
  asked_.lane = service_lane::batch;
  EXPECT_NE(plan().running_key, standard.running_key);
  EXPECT_EQ(plan().answer_key, standard.answer_key);
}

TEST_F(cache_plan_test, others_only_when_route_or_request_insist) {
  asked_.facts.reproducible = false;
  EXPECT_FALSE(plan().lookup || plan().store || plan().coalesce);
  asked_.cache.insist = true;
  EXPECT_TRUE(plan().lookup && plan().store);
  asked_.cache.insist = false;
  route_.cache = config::cache_policy::always;
  EXPECT_TRUE(plan().lookup && plan().store);
  route_.cache = config::cache_policy::never;
  asked_.cache.insist = true;
  EXPECT_FALSE(plan().lookup || plan().store || plan().coalesce);
}

TEST_F(cache_plan_test, respects_no_cache_no_store_and_the_switches) {
  asked_.cache.no_lookup = true;
  EXPECT_FALSE(plan().lookup || plan().coalesce);
  EXPECT_TRUE(plan().store) << "no-cache refreshes the entry";
  asked_.cache = {.no_lookup = false, .no_store = true};
  EXPECT_FALSE(plan().lookup || plan().store || plan().coalesce);
  asked_.cache = {};
  settings_.coalesce = false;
  EXPECT_FALSE(plan().coalesce);
  settings_.enabled = false;
  EXPECT_FALSE(plan().lookup || plan().store);
}

TEST_F(cache_plan_test, the_answer_is_shared_between_forms_but_not_a_running_call_or_another_backend) {
  const cache_plan plain = plan();
  asked_.facts.stream = true;
  EXPECT_EQ(plain.answer_key, plan().answer_key);
  EXPECT_NE(plain.running_key, plan().running_key);
  route_.identity = 4;
  EXPECT_NE(plain.answer_key, plan().answer_key);
}

TEST(narrowed_seed, differs_by_scope_and_by_what_narrows_it) {
  EXPECT_EQ(narrowed_seed(1, "a"), narrowed_seed(1, "a"));
  EXPECT_NE(narrowed_seed(1, "a"), narrowed_seed(1, "b"));
  EXPECT_NE(narrowed_seed(1, "a"), narrowed_seed(2, "a"));
  EXPECT_NE(narrowed_seed(narrowed_seed(1, "a"), "b"), narrowed_seed(narrowed_seed(1, "b"), "a"));
}

} // namespace
} // namespace inferenceflow::pipeline
