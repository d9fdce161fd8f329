#include "embedding/cached_embedder.h"
#include "embedding/tests/on_a_loop.h"

#include <atomic>
#include <gtest/gtest.h>
#include <thread>

namespace inferenceflow::embedding {
namespace {

using testing::ask;
using testing::slow_embedder;

class cached_embedder_test : public ::testing::Test {
protected:
  void start(const embedding_limits& limits = {}) {
    shared_ = std::make_shared<shared_embeddings>(limits);
    cached_ = std::make_shared<cached_embedder>(inner_, shared_, wheel_);
  }
  void run() {
    context_.restart();
    context_.poll();
  }

  net::deadline_wheel wheel_; // before the context, whose coroutines disarm their deadlines when it goes
  boost::asio::io_context context_;
  std::shared_ptr<slow_embedder> inner_ = std::make_shared<slow_embedder>();
  std::shared_ptr<shared_embeddings> shared_;
  std::shared_ptr<cached_embedder> cached_;
};

TEST_F(cached_embedder_test, a_text_is_embedded_once_and_then_known) {
  start();
  inner_->open = true;
  const auto first = ask(context_, *cached_, "hello");
  run();
  ASSERT_TRUE(first->got && first->got->has_value());
  const auto again = ask(context_, *cached_, "hello");
  run();
  ASSERT_TRUE(again->got && again->got->has_value());
  EXPECT_EQ(again->got->value(), first->got->value());
  EXPECT_EQ(cached_->known("hello"), first->got->value());
  EXPECT_EQ(cached_->known("hallo"), nullptr);
  EXPECT_EQ(inner_->texts, (std::vector<std::string>{"hello"}));
  EXPECT_EQ(shared_->stats().embedded, 1U);
  EXPECT_EQ(shared_->stats().running, 0U);
}

TEST_F(cached_embedder_test, callers_of_one_text_share_one_embed) {
  start();
  const auto a = ask(context_, *cached_, "same");
  const auto b = ask(context_, *cached_, "same");
  const auto other = ask(context_, *cached_, "other");
  run();
  EXPECT_EQ(inner_->texts.size(), 2U);
  inner_->let_go();
  run();
  ASSERT_TRUE(a->got && b->got && other->got);
  EXPECT_EQ(a->got->value(), b->got->value());
  EXPECT_EQ(shared_->stats().joined, 1U);
}

TEST_F(cached_embedder_test, the_first_caller_leaves_and_the_others_are_served) {
  start();
  const auto first = ask(context_, *cached_, "same");
  const auto second = ask(context_, *cached_, "same");
  run();
  first->scope.cancel();
  run();
  ASSERT_TRUE(first->got);
  EXPECT_EQ(first->got->error().kind, error_kind::cancelled);
  EXPECT_FALSE(second->got);
  EXPECT_EQ(inner_->cancelled, 0);
  inner_->let_go();
  run();
  ASSERT_TRUE(second->got);
  EXPECT_TRUE(second->got->has_value());
}

TEST_F(cached_embedder_test, the_last_one_who_leaves_ends_the_work_and_the_next_begins_anew) {
  start();
  const auto first = ask(context_, *cached_, "same");
  const auto second = ask(context_, *cached_, "same");
  run();
  first->scope.cancel();
  second->scope.cancel();
  run();
  EXPECT_EQ(inner_->cancelled, 1);
  EXPECT_EQ(shared_->stats().running, 0U);
  EXPECT_EQ(shared_->stats().failed, 0U);
  inner_->open = true;
  const auto third = ask(context_, *cached_, "same");
  run();
  ASSERT_TRUE(third->got);
  EXPECT_TRUE(third->got->has_value());
}

TEST_F(cached_embedder_test, one_who_comes_between_the_last_leave_and_the_end_is_served) {
  start();
  const auto first = ask(context_, *cached_, "same");
  run();
  inner_->open = true;
  first->scope.cancel();
  const auto second = ask(context_, *cached_, "same");
  run();
  ASSERT_TRUE(second->got);
  EXPECT_TRUE(second->got->has_value());
  EXPECT_EQ(inner_->texts.size(), 2U);
  EXPECT_EQ(shared_->stats().running, 0U);
}

TEST_F(cached_embedder_test, cancelled_before_it_starts_nothing_runs) {
  start();
  const auto asked = ask(context_, *cached_, "never");
  asked->scope.cancel();
  run();
  ASSERT_TRUE(asked->got);
  EXPECT_EQ(asked->got->error().kind, error_kind::cancelled);
  EXPECT_TRUE(inner_->texts.empty());
}

TEST_F(cached_embedder_test, cancelled_after_the_answer_is_without_effect) {
  start();
  inner_->open = true;
  const auto asked = ask(context_, *cached_, "text");
  run();
  asked->scope.cancel();
  run();
  EXPECT_TRUE(asked->got->has_value());
  EXPECT_EQ(inner_->cancelled, 0);
}

TEST_F(cached_embedder_test, more_than_the_bound_is_refused_at_once_but_not_who_joins) {
  start({.in_flight_max = 2});
  const auto a = ask(context_, *cached_, "a");
  const auto b = ask(context_, *cached_, "b");
  const auto c = ask(context_, *cached_, "c");
  const auto again = ask(context_, *cached_, "a");
  run();
  ASSERT_TRUE(c->got);
  EXPECT_EQ(c->got->error().kind, error_kind::unavailable);
  EXPECT_TRUE(c->got->error().retryable);
  EXPECT_EQ(shared_->stats().refused, 1U);
  inner_->let_go();
  run();
  EXPECT_TRUE(a->got->has_value() && b->got->has_value() && again->got->has_value());
  EXPECT_EQ(shared_->stats().running, 0U);
}

TEST_F(cached_embedder_test, waiters_beyond_the_bound_begin_an_embed_of_their_own) {
  start({.waiters_max = 2});
  const auto a = ask(context_, *cached_, "same");
  const auto b = ask(context_, *cached_, "same");
  const auto c = ask(context_, *cached_, "same");
  run();
  EXPECT_EQ(inner_->texts.size(), 2U);
  inner_->let_go();
  run();
  EXPECT_TRUE(a->got->has_value() && b->got->has_value() && c->got->has_value());
  EXPECT_EQ(shared_->stats().running, 0U);
}

TEST_F(cached_embedder_test, an_embed_that_takes_too_long_is_ended) {
  start({.timeout = std::chrono::milliseconds{100}});
  const auto asked = ask(context_, *cached_, "slow");
  run();
  wheel_.advance(5);
  run();
  ASSERT_TRUE(asked->got);
  EXPECT_EQ(asked->got->error().kind, error_kind::upstream_timeout);
  EXPECT_EQ(inner_->cancelled, 1);
  EXPECT_EQ(shared_->stats().timed_out, 1U);
  EXPECT_EQ(shared_->stats().running, 0U);
  EXPECT_EQ(wheel_.armed(), 0U);
}

TEST_F(cached_embedder_test, a_failure_reaches_every_caller_and_is_not_remembered) {
  start();
  inner_->failure = make_error(error_kind::upstream_failed, "garbage");
  const auto a = ask(context_, *cached_, "same");
  const auto b = ask(context_, *cached_, "same");
  run();
  inner_->let_go();
  run();
  EXPECT_EQ(a->got->error().message, "garbage");
  EXPECT_EQ(b->got->error().message, "garbage");
  EXPECT_EQ(shared_->stats().failed, 1U);
  inner_->failure.reset();
  inner_->open = true;
  const auto again = ask(context_, *cached_, "same");
  run();
  EXPECT_TRUE(again->got->has_value());
}

TEST_F(cached_embedder_test, a_text_that_is_too_long_is_refused) {
  start({.text_bytes_max = 8});
  const auto asked = ask(context_, *cached_, "nine byte");
  run();
  ASSERT_TRUE(asked->got);
  EXPECT_EQ(asked->got->error().kind, error_kind::context_too_long);
  EXPECT_EQ(asked->got->error().param, "input");
}

TEST_F(cached_embedder_test, vectors_of_a_model_that_was_exchanged_are_not_found) {
  start();
  inner_->open = true;
  const auto asked = ask(context_, *cached_, "text");
  run();
  EXPECT_NE(cached_->known("text"), nullptr);
  inner_->become("slow:other");
  EXPECT_EQ(cached_->known("text"), nullptr);
  inner_->become(""); // loading
  EXPECT_EQ(cached_->known("text"), nullptr);
}

TEST_F(cached_embedder_test, embedders_of_other_names_know_nothing_of_each_other) {
  start();
  inner_->open = true;
  const auto asked = ask(context_, *cached_, "text");
  run();
  cached_embedder other(std::make_shared<slow_embedder>("other"), shared_, wheel_);
  EXPECT_EQ(other.known("text"), nullptr);
}

TEST_F(cached_embedder_test, who_waits_on_another_loop_hears_when_the_loop_that_embeds_is_gone) {
  start();
  boost::asio::io_context here;
  std::shared_ptr<testing::asking> waiting;
  {
    net::deadline_wheel wheel;
    boost::asio::io_context gone;
    cached_embedder there(inner_, shared_, wheel);
    const auto leading = ask(gone, there, "same");
    gone.poll();
    waiting = ask(here, *cached_, "same");
    here.poll();
    EXPECT_FALSE(waiting->got);
  }
  here.restart();
  here.poll();
  ASSERT_TRUE(waiting->got);
  EXPECT_EQ(waiting->got->error().kind, error_kind::unavailable);
  EXPECT_EQ(shared_->stats().running, 0U);
}

TEST_F(cached_embedder_test, the_loop_of_one_who_waits_may_go_first) {
  start();
  const auto leading = ask(context_, *cached_, "same");
  run();
  {
    boost::asio::io_context gone;
    const auto waiting = ask(gone, *cached_, "same");
    gone.poll();
  }
  inner_->let_go();
  run();
  ASSERT_TRUE(leading->got);
  EXPECT_TRUE(leading->got->has_value());
}

// Two loops embed the same few texts and leave at random; every caller hears exactly one outcome, and nothing stays.
TEST_F(cached_embedder_test, loops_on_threads_share_embeds) {
  start({.cache_bytes_max = 0});
  std::atomic<int> outcomes{0};
  constexpr int k_rounds = 300;
  const auto serve = [&](unsigned seed) {
    net::deadline_wheel wheel;
    const auto inner = std::make_shared<slow_embedder>("shared");
    boost::asio::io_context context;
    cached_embedder mine(inner, shared_, wheel);
    for (int i = 0; i < k_rounds; ++i) {
      seed = seed * 1664525U + 1013904223U;
      const auto a = ask(context, mine, std::to_string(seed % 3));
      const auto b = ask(context, mine, std::to_string(i % 3));
      context.restart();
      context.poll();
      if (seed % 2 == 0) {
        a->scope.cancel();
      }
      while (!a->got || !b->got) {
        inner->let_go();
        context.restart();
        context.poll();
      }
      outcomes += 2;
    }
    // Those on the other loop may wait for what runs here.
    while (inner->let_go(), context.restart(), context.poll() > 0) {
    }
  };
  std::thread one(serve, 1U);
  std::thread two(serve, 2U);
  one.join();
  two.join();
  EXPECT_EQ(outcomes.load(), 4 * k_rounds);
  EXPECT_EQ(shared_->stats().running, 0U);
}

} // namespace
} // namespace inferenceflow::embedding
