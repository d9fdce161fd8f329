#include "cost/estimate.h"

#include <gtest/gtest.h>

namespace inferenceflow::cost {
namespace {

constexpr token_usage k_reported{.fresh_input = 10, .cached_input = 2, .cache_write = 1, .output = 5, .reasoning = 3};
constexpr observed_traffic k_seen{.prompt_text_bytes = 400, .delivered_text_bytes = 100, .delivered_events = 9};

TEST(bill_by, believable_counts_are_taken_as_they_are) {
  const auto bill = bill_by(k_reported, k_seen);
  EXPECT_EQ(bill.usage, k_reported);
  EXPECT_EQ(bill.source, usage_source::reported);
}

TEST(bill_by, nothing_reported_is_estimated) {
  const auto bill = bill_by(std::nullopt, k_seen);
  EXPECT_EQ(bill.usage, (token_usage{.fresh_input = 100, .output = 25}));
  EXPECT_EQ(bill.source, usage_source::estimated);
}

TEST(bill_by, counts_that_were_clamped_are_garbage) {
  for (const token_usage& wrong :
       {token_usage{.fresh_input = k_tokens_max, .output = 5}, token_usage{.fresh_input = 5, .output = k_tokens_max},
        token_usage{.fresh_input = 5, .cached_input = k_tokens_max - 5, .output = 5},
        token_usage{.fresh_input = 5, .reasoning = k_tokens_max}}) {
    const auto bill = bill_by(wrong, k_seen);
    EXPECT_EQ(bill.usage, (token_usage{.fresh_input = 100, .output = 25}));
    EXPECT_EQ(bill.source, usage_source::estimated);
  }
}

TEST(bill_by, a_zero_is_no_count_of_text_that_was_there) {
  const auto no_output = bill_by(token_usage{.fresh_input = 10, .cached_input = 7}, k_seen);
  EXPECT_EQ(no_output.usage, (token_usage{.fresh_input = 10, .cached_input = 7, .output = 25}));
  EXPECT_EQ(no_output.source, usage_source::estimated);
  const auto nothing = bill_by(token_usage{}, k_seen);
  EXPECT_EQ(nothing.usage, (token_usage{.fresh_input = 100, .output = 25}));
  EXPECT_EQ(nothing.source, usage_source::estimated);
}

TEST(bill_by, a_prompt_may_be_free) {
  const auto bill = bill_by(token_usage{.output = 5, .reasoning = 1}, k_seen);
  EXPECT_EQ(bill.usage, (token_usage{.output = 5, .reasoning = 1}));
  EXPECT_EQ(bill.source, usage_source::reported);
}

TEST(bill_by, zeros_of_nothing_are_true) {
  const auto bill = bill_by(token_usage{.fresh_input = 8}, {.prompt_text_bytes = 32});
  EXPECT_EQ(bill.usage, token_usage{.fresh_input = 8});
  EXPECT_EQ(bill.source, usage_source::reported);
  EXPECT_EQ(bill_by(token_usage{}, {}).source, usage_source::reported);
}

TEST(bill_by, a_count_from_before_the_text_is_a_lower_bound) {
  observed_traffic broken = k_seen;
  broken.text_behind_count = true;
  const auto early = bill_by(token_usage{.fresh_input = 10, .output = 1}, broken);
  EXPECT_EQ(early.usage, (token_usage{.fresh_input = 10, .output = 25}));
  EXPECT_EQ(early.source, usage_source::estimated);
  const auto enough = bill_by(token_usage{.fresh_input = 10, .output = 20, .reasoning = 10}, broken);
  EXPECT_EQ(enough.usage, (token_usage{.fresh_input = 10, .output = 20, .reasoning = 10}));
  EXPECT_EQ(enough.source, usage_source::reported);
}

} // namespace
} // namespace inferenceflow::cost
