#include "resilience/fallback_plan.h"

#include <deque>
#include <gtest/gtest.h>
#include <memory>
#include <vector>

namespace inferenceflow::resilience {
namespace {

using namespace std::chrono_literals;

class fallback_plan_test : public ::testing::Test {
protected:
  /// As many backends, each with one target; a plan over all of them.
  void start(std::size_t count, plan_request request = {.id = 1, .tokens = 100}) {
    add_backends(count);
    plan_.emplace(services_, plan_chain{.candidates = chain_}, request);
  }
  void add_backends(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      backends_.emplace_back(backend_);
      targets_.emplace_back(backends_.back(), target_settings{});
      chain_.push_back({.to = &targets_.back()});
    }
  }
  [[nodiscard]] steady_time now() const { return clock_.steady_now(); }
  static attempt_failure failed(fault what, error_kind kind = error_kind::upstream_failed,
                                std::optional<std::chrono::milliseconds> retry_after = {}) {
    return {.what = what, .retry_after = retry_after, .told = make_error(kind, std::string{to_string(what)})};
  }
  plan_action fail(const plan_action& sent, fault what, error_kind kind = error_kind::upstream_failed,
                   std::optional<std::chrono::milliseconds> retry_after = {}) {
    return plan_->on_failure(sent.attempt, failed(what, kind, retry_after), now());
  }
  void expect_nothing_held() {
    for (std::size_t i = 0; i < backends_.size(); ++i) {
      EXPECT_EQ(backends_[i].places.in_flight(), 0U);
      EXPECT_EQ(targets_[i].load.outstanding_tokens(), 0U);
      EXPECT_TRUE(backends_[i].waiting.empty());
    }
  }
  void learn_first_tokens(std::chrono::milliseconds time) {
    for (int i = 0; i < 100; ++i) {
      targets_[0].first_tokens.record(time, now());
      hedges_.on_request(now());
    }
  }

  manual_clock clock_;
  plan_settings settings_;
  retry_policy retries_{{}};
  retry_budget budget_{{}};
  hedge_policy hedges_{{}};
  random_stream random_{3};
  plan_services services_{settings_, retries_, budget_, hedges_, random_};
  backend_settings backend_;
  std::deque<backend> backends_;
  std::deque<target> targets_;
  std::vector<plan_candidate> chain_;
  std::optional<fallback_plan> plan_;
};

TEST_F(fallback_plan_test, a_good_answer_gives_everything_back) {
  start(2);
  const plan_action sent = plan_->begin(now());
  ASSERT_EQ(sent.step, plan_step::send);
  EXPECT_EQ(sent.candidate, 0U);
  EXPECT_EQ(backends_[0].places.in_flight(), 1U);
  EXPECT_EQ(targets_[0].load.outstanding_tokens(), 100U);
  EXPECT_EQ(plan_->on_first_byte(sent.attempt, now()), std::nullopt);
  EXPECT_EQ(plan_->on_success(sent.attempt, 50, now()), std::nullopt);
  expect_nothing_held();
}

TEST_F(fallback_plan_test, the_next_candidate_is_asked_at_once_and_the_first_again_after_a_while) {
  start(2);
  plan_action action = plan_->begin(now());
  action = fail(action, fault::server_error);
  ASSERT_EQ(action.step, plan_step::send);
  EXPECT_EQ(action.candidate, 1U);
  action = fail(action, fault::connect_failed);
  ASSERT_EQ(action.step, plan_step::wait);
  EXPECT_GT(action.at, now());
  EXPECT_LE(action.at, now() + 200ms);
  clock_.advance(action.at - now());
  action = plan_->resume(now());
  ASSERT_EQ(action.step, plan_step::send);
  EXPECT_EQ(action.candidate, 0U);
  action = fail(action, fault::server_error);
  EXPECT_EQ(action.candidate, 1U);
  action = fail(action, fault::no_first_byte, error_kind::upstream_timeout);
  ASSERT_EQ(action.step, plan_step::give_up); // the fourth send
  EXPECT_EQ(action.why.kind, error_kind::upstream_timeout);
  expect_nothing_held();
}

TEST_F(fallback_plan_test, a_client_fault_stops_the_chain) {
  start(3);
  const plan_action action = fail(plan_->begin(now()), fault::client_fault, error_kind::invalid_request);
  ASSERT_EQ(action.step, plan_step::give_up);
  EXPECT_EQ(action.why.kind, error_kind::invalid_request);
}

TEST_F(fallback_plan_test, nothing_is_sent_after_the_first_byte) {
  start(3);
  const plan_action sent = plan_->begin(now());
  EXPECT_EQ(plan_->on_first_byte(sent.attempt, now()), std::nullopt);
  const plan_action action = fail(sent, fault::broken);
  EXPECT_EQ(action.step, plan_step::give_up);
  EXPECT_EQ(action.why.message, "broken");
  EXPECT_EQ(plan_->resume(now()).step, plan_step::none);
  EXPECT_EQ(plan_->on_hedge_due(now()).step, plan_step::none);
  expect_nothing_held();
}

TEST_F(fallback_plan_test, context_too_long_goes_to_a_larger_context_only) {
  add_backends(4);
  for (const auto& [at, size] : {std::pair{0U, 8'000U}, {1U, 4'000U}, {2U, 8'000U}, {3U, 128'000U}}) {
    chain_[at].context_tokens_max = size;
  }
  start(0);
  plan_action action = fail(plan_->begin(now()), fault::context_too_long, error_kind::context_too_long);
  ASSERT_EQ(action.step, plan_step::send);
  EXPECT_EQ(action.candidate, 3U);
  action = fail(action, fault::server_error);
  ASSERT_EQ(action.step, plan_step::wait); // the only one that is large enough
  clock_.advance(action.at - now());
  action = plan_->resume(now());
  EXPECT_EQ(action.candidate, 3U);
  action = fail(action, fault::context_too_long, error_kind::context_too_long);
  ASSERT_EQ(action.step, plan_step::give_up);
  EXPECT_EQ(action.why.kind, error_kind::context_too_long);
}

TEST_F(fallback_plan_test, a_content_filter_ends_it_unless_configured) {
  start(2);
  EXPECT_EQ(fail(plan_->begin(now()), fault::content_filtered).step, plan_step::give_up);
  settings_.filtered_goes_on = true;
  start(0);
  const plan_action action = fail(plan_->begin(now()), fault::content_filtered);
  EXPECT_EQ(action.step, plan_step::send);
  EXPECT_EQ(action.candidate, 1U);
}

TEST_F(fallback_plan_test, a_refused_key_makes_way_for_the_next_one) {
  backend_.keys = 2;
  start(2);
  plan_action action = plan_->begin(now());
  EXPECT_EQ(action.key, 0U);
  action = fail(action, fault::key_refused, error_kind::unauthorized);
  ASSERT_EQ(action.step, plan_step::send);
  EXPECT_EQ(action.candidate, 0U);
  EXPECT_EQ(action.key, 1U);
  action = fail(action, fault::key_refused, error_kind::unauthorized);
  EXPECT_EQ(action.candidate, 1U);
  action = fail(action, fault::model_missing, error_kind::model_not_found);
  ASSERT_EQ(action.step, plan_step::give_up);
  EXPECT_EQ(action.why.kind, error_kind::upstream_failed); // not the client's key
  EXPECT_EQ(budget_.left(now()), 30U);                     // and no retry was spent
}

TEST_F(fallback_plan_test, a_short_retry_after_is_waited_for) {
  start(1);
  plan_action action = fail(plan_->begin(now()), fault::rate_limited, error_kind::rate_limited, 2s);
  ASSERT_EQ(action.step, plan_step::wait);
  EXPECT_GE(action.at, now() + 2s);
  EXPECT_LT(action.at, now() + 2'100ms);
  EXPECT_EQ(budget_.left(now()), 29U);
  clock_.advance(action.at - now());
  EXPECT_EQ(plan_->resume(now()).step, plan_step::send);
}

TEST_F(fallback_plan_test, a_long_retry_after_is_passed_on_the_smallest_one) {
  start(2);
  plan_action action = fail(plan_->begin(now()), fault::rate_limited, error_kind::rate_limited, 40s);
  ASSERT_EQ(action.candidate, 1U);
  action = fail(action, fault::overloaded, error_kind::unavailable, 20s);
  ASSERT_EQ(action.step, plan_step::give_up);
  EXPECT_EQ(action.why.kind, error_kind::rate_limited);
  EXPECT_EQ(action.why.retry_after, 20s);
  // The next request need not ask anybody to know.
  start(0);
  action = plan_->begin(now());
  ASSERT_EQ(action.step, plan_step::give_up);
  EXPECT_EQ(action.why.kind, error_kind::unavailable);
  EXPECT_EQ(action.why.retry_after, 20s);
}

TEST_F(fallback_plan_test, open_breakers_fail_fast) {
  start(1);
  for (int i = 0; i < 5; ++i) {
    start(0);
    std::ignore = fail(plan_->begin(now()), fault::server_error);
  }
  start(0);
  const plan_action action = plan_->begin(now());
  ASSERT_EQ(action.step, plan_step::give_up);
  EXPECT_EQ(action.why.retry_after, 5s);
}

TEST_F(fallback_plan_test, sick_backends_are_avoided_but_asked_when_all_are_sick) {
  add_backends(2);
  const auto fall_sick = [this](std::size_t at) {
    for (int i = 0; i < 5; ++i) {
      clock_.advance(500ms);
      backends_[at].wellness.call_failed(now());
    }
  };
  fall_sick(0);
  start(0);
  EXPECT_EQ(plan_->begin(now()).candidate, 1U);
  fall_sick(1);
  start(0);
  EXPECT_EQ(plan_->begin(now()).candidate, 0U);
}

TEST_F(fallback_plan_test, an_empty_budget_ends_the_retries) {
  start(2);
  while (budget_.try_spend(now())) {
  }
  const plan_action action = fail(plan_->begin(now()), fault::server_error);
  EXPECT_EQ(action.step, plan_step::give_up);
  EXPECT_EQ(plan_->sends(), 1U);
}

TEST_F(fallback_plan_test, side_effects_are_not_repeated_unless_surely_not_begun) {
  start(2, {.id = 1, .tokens = 1, .side_effects = true});
  plan_action action = fail(plan_->begin(now()), fault::connect_failed);
  ASSERT_EQ(action.step, plan_step::send);
  EXPECT_EQ(fail(action, fault::no_first_byte).step, plan_step::give_up);
}

TEST_F(fallback_plan_test, a_slow_first_token_is_hedged_and_the_faster_one_wins) {
  add_backends(2);
  learn_first_tokens(400ms);
  start(0);
  const plan_action first = plan_->begin(now());
  ASSERT_TRUE(first.hedge_at.has_value());
  clock_.advance(*first.hedge_at - now());
  const plan_action second = plan_->on_hedge_due(now());
  ASSERT_EQ(second.step, plan_step::send);
  EXPECT_TRUE(second.hedge);
  EXPECT_EQ(second.candidate, 1U);
  EXPECT_EQ(plan_->on_hedge_due(now()).step, plan_step::none); // once
  EXPECT_EQ(plan_->on_first_byte(second.attempt, now()), first.attempt);
  EXPECT_EQ(plan_->on_first_byte(first.attempt, now()), first.attempt); // too late: its byte must not be sent
  plan_->on_cancelled(first.attempt, now());
  EXPECT_EQ(plan_->on_success(second.attempt, 10, now()), std::nullopt);
  EXPECT_EQ(plan_->sends(), 1U);
  expect_nothing_held();
}

TEST_F(fallback_plan_test, a_hedge_timer_of_a_call_that_has_failed_does_nothing) {
  add_backends(3);
  learn_first_tokens(400ms);
  for (int i = 0; i < 100; ++i) {
    targets_[1].first_tokens.record(400ms, now());
  }
  start(0);
  const plan_action first = plan_->begin(now());
  clock_.advance(300ms);
  const plan_action second = fail(first, fault::server_error);
  ASSERT_TRUE(second.hedge_at.has_value());
  clock_.advance(*first.hedge_at - now());
  EXPECT_EQ(plan_->on_hedge_due(now()).step, plan_step::none);
  clock_.advance(*second.hedge_at - now());
  EXPECT_EQ(plan_->on_hedge_due(now()).candidate, 2U);
}

TEST_F(fallback_plan_test, a_client_that_leaves_amid_the_answer_is_not_answered_again) {
  start(2);
  const plan_action sent = plan_->begin(now());
  std::ignore = plan_->on_first_byte(sent.attempt, now());
  plan_->on_cancelled(sent.attempt, now());
  EXPECT_EQ(plan_->resume(now()).step, plan_step::none);
  expect_nothing_held();
}

TEST_F(fallback_plan_test, when_one_of_two_fails_the_other_goes_on) {
  add_backends(3);
  learn_first_tokens(400ms);
  start(0);
  const plan_action first = plan_->begin(now());
  clock_.advance(*first.hedge_at - now());
  const plan_action second = plan_->on_hedge_due(now());
  EXPECT_EQ(fail(first, fault::server_error).step, plan_step::none);
  const plan_action third = fail(second, fault::server_error);
  ASSERT_EQ(third.step, plan_step::send);
  EXPECT_EQ(third.candidate, 2U);
  EXPECT_FALSE(third.hedge_at.has_value());
}

TEST_F(fallback_plan_test, a_client_fault_cancels_the_other_attempt) {
  add_backends(2);
  learn_first_tokens(400ms);
  start(0);
  const plan_action first = plan_->begin(now());
  clock_.advance(*first.hedge_at - now());
  const plan_action second = plan_->on_hedge_due(now());
  const plan_action action = fail(second, fault::client_fault, error_kind::invalid_request);
  EXPECT_EQ(action.step, plan_step::give_up);
  EXPECT_EQ(action.cancel, first.attempt);
  plan_.reset();
  expect_nothing_held();
}

TEST_F(fallback_plan_test, neither_side_effects_nor_documents_are_hedged) {
  add_backends(2);
  learn_first_tokens(400ms);
  start(0, {.id = 1, .side_effects = true});
  EXPECT_FALSE(plan_->begin(now()).hedge_at.has_value());
  start(0, {.id = 1, .streamed = false});
  EXPECT_FALSE(plan_->begin(now()).hedge_at.has_value());
}

TEST_F(fallback_plan_test, without_a_place_it_queues_and_takes_the_one_that_is_freed) {
  backend_.places = {.least = 1, .most = 1, .first = 1};
  add_backends(1);
  fallback_plan running{services_, {.candidates = chain_}, {.id = 1, .tokens = 1}};
  const plan_action sent = running.begin(now());
  start(0, {.id = 2, .tokens = 1});
  const plan_action action = plan_->begin(now());
  ASSERT_EQ(action.step, plan_step::queued);
  EXPECT_EQ(action.at, now() + 10s);
  EXPECT_EQ(backends_[0].next_waiter(now()), std::nullopt);
  std::ignore = running.on_success(sent.attempt, 1, now());
  fallback_plan newcomer{services_, {.candidates = chain_}, {.id = 3, .tokens = 1}};
  EXPECT_EQ(newcomer.begin(now()).step, plan_step::queued); // does not overtake
  EXPECT_EQ(backends_[0].next_waiter(now()), 2U);
  EXPECT_EQ(plan_->on_dequeued(now()).step, plan_step::send);
  EXPECT_EQ(backends_[0].next_waiter(now()), std::nullopt);
}

TEST_F(fallback_plan_test, a_full_queue_and_an_expired_wait_are_told) {
  backend_.places = {.least = 1, .first = 1};
  backend_.waiting.waiters_max = 1;
  add_backends(1);
  fallback_plan running{services_, {.candidates = chain_}, {.id = 1}};
  std::ignore = running.begin(now());
  fallback_plan waiting{services_, {.candidates = chain_}, {.id = 2}};
  ASSERT_EQ(waiting.begin(now()).step, plan_step::queued);
  start(0, {.id = 3});
  const plan_action refused = plan_->begin(now());
  ASSERT_EQ(refused.step, plan_step::give_up);
  EXPECT_EQ(refused.why.kind, error_kind::rate_limited);
  EXPECT_EQ(refused.why.retry_after, 1s);
  clock_.advance(10s);
  EXPECT_EQ(backends_[0].waiting.next(now()), std::nullopt) << "its time is up";
  EXPECT_EQ(waiting.leave_queue(now()).step, plan_step::give_up);
  EXPECT_TRUE(backends_[0].waiting.empty());
}

TEST_F(fallback_plan_test, a_plan_that_is_dropped_gives_everything_back) {
  backend_.places = {.least = 1, .first = 1};
  start(1);
  std::ignore = plan_->begin(now());
  {
    fallback_plan waiting{services_, {.candidates = chain_}, {.id = 9}};
    ASSERT_EQ(waiting.begin(now()).step, plan_step::queued);
  }
  EXPECT_TRUE(backends_[0].waiting.empty());
  plan_.reset();
  expect_nothing_held();
}

TEST_F(fallback_plan_test, a_group_is_balanced_before_the_next_one_is_asked) {
  add_backends(3);
  balancer pair{{.policy = balance_policy::weighted},
                {{.load = &targets_[0].load, .identity = 1}, {.load = &targets_[1].load, .identity = 2}}};
  const std::vector<plan_group> groups{{.choice = &pair, .count = 2}, {.count = 1}};
  std::vector<std::size_t> order;
  for (int i = 0; i < 4; ++i) {
    plan_.emplace(services_, plan_chain{.candidates = chain_, .groups = groups}, plan_request{.id = 1});
    order.push_back(plan_->begin(now()).candidate);
  }
  EXPECT_EQ(order, (std::vector<std::size_t>{0, 1, 0, 1}));
  plan_.emplace(services_, plan_chain{.candidates = chain_, .groups = groups}, plan_request{.id = 1});
  plan_action action = plan_->begin(now());
  action = fail(action, fault::server_error);
  action = fail(action, fault::server_error);
  EXPECT_EQ(action.candidate, 2U);
}

TEST_F(fallback_plan_test, an_empty_chain_gives_up) {
  start(0);
  EXPECT_EQ(plan_->begin(now()).step, plan_step::give_up);
}

TEST_F(fallback_plan_test, reports_about_unknown_attempts_change_nothing) {
  start(1);
  const plan_action sent = plan_->begin(now());
  EXPECT_EQ(plan_->on_failure(99, failed(fault::broken), now()).step, plan_step::none);
  EXPECT_EQ(plan_->on_success(99, 1, now()), std::nullopt);
  EXPECT_EQ(plan_->on_first_byte(99, now()), std::nullopt);
  plan_->on_cancelled(99, now());
  EXPECT_EQ(backends_[0].places.in_flight(), 1U);
  plan_->on_cancelled(sent.attempt, now());
  expect_nothing_held();
}

TEST_F(fallback_plan_test, what_cannot_be_carried_is_no_send_and_the_next_is_asked) {
  const retry_policy once{{.attempts_max = 2}};
  plan_services few{settings_, once, budget_, hedges_, random_};
  add_backends(4);
  plan_.emplace(few, plan_chain{.candidates = chain_}, plan_request{.id = 1});
  plan_action action = plan_->begin(now());
  for (std::size_t candidate = 1; candidate < 4; ++candidate) {
    action = fail(action, fault::unsupported, error_kind::invalid_request);
    ASSERT_EQ(action.step, plan_step::send);
    EXPECT_EQ(action.candidate, candidate);
  }
  EXPECT_EQ(plan_->sends(), 1U);
  action = fail(action, fault::unsupported, error_kind::invalid_request);
  ASSERT_EQ(action.step, plan_step::give_up);
  EXPECT_EQ(action.why.kind, error_kind::invalid_request);
  EXPECT_TRUE(targets_[0].breaker.allows(now()));
  expect_nothing_held();
}

TEST_F(fallback_plan_test, contexts_of_unknown_size_are_tried_each_once) {
  start(3);
  plan_action action = plan_->begin(now());
  for (std::size_t candidate = 1; candidate < 3; ++candidate) {
    action = fail(action, fault::context_too_long, error_kind::context_too_long);
    ASSERT_EQ(action.step, plan_step::send);
    EXPECT_EQ(action.candidate, candidate);
  }
  action = fail(action, fault::context_too_long, error_kind::context_too_long);
  ASSERT_EQ(action.step, plan_step::give_up);
  EXPECT_EQ(action.why.kind, error_kind::context_too_long);
}

TEST_F(fallback_plan_test, excluded_candidates_are_never_asked) {
  add_backends(3);
  plan_.emplace(services_, plan_chain{.candidates = chain_}, plan_request{.id = 1, .excluded = 0b011});
  const plan_action sent = plan_->begin(now());
  EXPECT_EQ(sent.candidate, 2U);
  plan_action action = fail(sent, fault::server_error);
  while (action.step == plan_step::wait) {
    clock_.advance(action.at - now());
    action = plan_->resume(now());
    ASSERT_EQ(action.candidate, 2U);
    action = fail(action, fault::server_error);
  }
  EXPECT_EQ(action.step, plan_step::give_up);
}

TEST_F(fallback_plan_test, the_error_that_is_told_has_its_attempt) {
  start(2);
  const plan_action first = plan_->begin(now());
  const plan_action second = fail(first, fault::rate_limited, error_kind::rate_limited, 1h);
  ASSERT_EQ(second.step, plan_step::send);
  plan_action action = fail(second, fault::server_error);
  while (action.step == plan_step::wait) {
    clock_.advance(action.at - now());
    action = plan_->resume(now());
    action = action.step == plan_step::send ? fail(action, fault::server_error) : action;
  }
  ASSERT_EQ(action.step, plan_step::give_up);
  EXPECT_EQ(action.told_attempt, first.attempt) << "a limit helps the client more than a server's error";
}

TEST_F(fallback_plan_test, who_leaves_the_queue_is_out_of_it) {
  backend_.places = {.least = 1, .most = 1, .first = 1};
  start(1);
  fallback_plan holder{services_, plan_chain{.candidates = chain_}, plan_request{.id = 2}};
  const plan_action held = holder.begin(now());
  ASSERT_EQ(held.step, plan_step::send);
  ASSERT_EQ(plan_->begin(now()).step, plan_step::queued);
  EXPECT_EQ(plan_->leave_queue(now()).step, plan_step::give_up);
  EXPECT_TRUE(backends_[0].waiting.empty());
  EXPECT_EQ(holder.on_success(held.attempt, 1, now()), std::nullopt);
  expect_nothing_held();
}

class two_models : public fallback_plan_test {
protected:
  two_models() {
    backend_.keys = 2;
    backends_.emplace_back(backend_);
    for (int i = 0; i < 2; ++i) {
      targets_.emplace_back(backends_.front(), target_settings{});
    }
  }
  void meet(fault what) { targets_[0].key_failed(0, what, 1min, now()); }
};

TEST_F(two_models, a_limit_is_of_one_model_and_a_refused_key_of_all) {
  meet(fault::rate_limited);
  EXPECT_EQ(targets_[0].choose_key(now()), 1U);
  EXPECT_EQ(targets_[0].choose_key(now()), 1U);
  EXPECT_EQ(targets_[1].choose_key(now()), 0U) << "the other model's count is its own";
  meet(fault::key_refused);
  EXPECT_EQ(targets_[1].choose_key(now()), 1U);
  EXPECT_EQ(targets_[1].choose_key(now()), 1U);
}

TEST_F(two_models, without_any_key_it_is_known_when_the_first_is_good_again) {
  targets_[0].key_failed(0, fault::rate_limited, 1min, now());
  targets_[0].key_failed(1, fault::key_forbidden, {}, now());
  EXPECT_FALSE(targets_[0].any_key(now()));
  EXPECT_EQ(targets_[0].choose_key(now()), std::nullopt);
  EXPECT_EQ(targets_[0].key_good_at(), now() + 1min);
  EXPECT_TRUE(targets_[1].any_key(now()));
}

} // namespace
} // namespace inferenceflow::resilience
