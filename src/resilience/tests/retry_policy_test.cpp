#include "resilience/retry_policy.h"

#include <gtest/gtest.h>
#include <vector>

namespace inferenceflow::resilience {
namespace {

using namespace std::chrono_literals;

class retry_policy_test : public ::testing::Test {
protected:
  [[nodiscard]] retry_question asked(fault what = fault::server_error) const {
    return {.what = what, .now = clock_.steady_now(), .deadline = clock_.steady_now() + 60s};
  }
  [[nodiscard]] retry_verdict verdict(const retry_question& question) {
    return policy_.decide(question, random_).verdict;
  }

  manual_clock clock_;
  random_stream random_{1};
  retry_policy policy_{{}};
};

TEST_F(retry_policy_test, retries_what_may_pass_and_nothing_else) {
  for (const fault what : {fault::connect_failed, fault::no_first_byte, fault::broken, fault::request_timeout,
                           fault::rate_limited, fault::overloaded, fault::server_error}) {
    EXPECT_EQ(verdict(asked(what)), retry_verdict::retry) << to_string(what);
  }
  for (const fault what : {fault::key_refused, fault::quota_exhausted, fault::model_missing, fault::context_too_long,
                           fault::content_filtered, fault::client_fault, fault::cancelled}) {
    EXPECT_EQ(verdict(asked(what)), retry_verdict::not_retryable) << to_string(what);
  }
}

TEST_F(retry_policy_test, never_after_a_byte_of_the_answer) {
  retry_question question = asked(fault::connect_failed);
  question.delivered = true;
  EXPECT_EQ(verdict(question), retry_verdict::delivered);
}

TEST_F(retry_policy_test, stops_at_the_last_attempt) {
  retry_question question = asked();
  question.attempts_made = 3;
  EXPECT_EQ(verdict(question), retry_verdict::retry);
  question.attempts_made = 4;
  EXPECT_EQ(verdict(question), retry_verdict::attempts_used);
}

TEST_F(retry_policy_test, jitter_is_full_and_its_bound_doubles_up_to_the_maximum) {
  for (const auto& [attempts, most] : std::vector<std::pair<std::size_t, std::chrono::nanoseconds>>{
           {1, 100ms}, {2, 200ms}, {3, 400ms}, {7, 5s}, {1'000, 5s}}) {
    std::chrono::nanoseconds least = 1h;
    std::chrono::nanoseconds greatest{0};
    std::chrono::nanoseconds sum{0};
    for (int i = 0; i < 10'000; ++i) {
      const auto delay = policy_.backoff(attempts, random_);
      least = std::min(least, delay);
      greatest = std::max(greatest, delay);
      sum += delay;
    }
    EXPECT_LT(greatest, most);
    EXPECT_GT(greatest, most * 99 / 100);
    EXPECT_LT(least, most / 100);
    EXPECT_NEAR(static_cast<double>((sum / 10'000).count()), static_cast<double>(most.count()) / 2,
                static_cast<double>(most.count()) / 50);
  }
}

TEST_F(retry_policy_test, another_backend_is_asked_at_once) {
  retry_question question = asked();
  question.elsewhere = true;
  EXPECT_EQ(policy_.decide(question, random_).delay, 0ns);
}

TEST_F(retry_policy_test, waits_at_least_the_retry_after) {
  retry_question question = asked(fault::rate_limited);
  question.retry_after = 3s;
  for (int i = 0; i < 1'000; ++i) {
    const retry_decision decided = policy_.decide(question, random_);
    ASSERT_EQ(decided.verdict, retry_verdict::retry);
    ASSERT_GE(decided.delay, 3s);
    ASSERT_LT(decided.delay, 3'100ms);
  }
}

TEST_F(retry_policy_test, passes_on_a_retry_after_over_the_maximum_or_the_deadline) {
  retry_question question = asked(fault::rate_limited);
  question.retry_after = 11s;
  EXPECT_EQ(verdict(question), retry_verdict::retry_after_too_long);
  question.retry_after = 5s;
  question.deadline = question.now + 4s;
  EXPECT_EQ(verdict(question), retry_verdict::retry_after_too_long);
}

TEST_F(retry_policy_test, does_not_begin_after_the_deadline) {
  retry_question question = asked();
  question.elsewhere = true;
  question.deadline = question.now;
  EXPECT_EQ(verdict(question), retry_verdict::deadline);
}

TEST_F(retry_policy_test, settings_outside_their_bounds_are_pulled_in) {
  const retry_policy odd{{.attempts_max = 0, .backoff_base = 0ms, .backoff_max = 24h, .deadline = -1s}};
  EXPECT_EQ(odd.settings().attempts_max, 1U);
  EXPECT_EQ(odd.settings().backoff_base, 1ms);
  EXPECT_EQ(odd.settings().backoff_max, 60s);
  EXPECT_EQ(odd.settings().deadline, 1ms);
}

} // namespace
} // namespace inferenceflow::resilience
