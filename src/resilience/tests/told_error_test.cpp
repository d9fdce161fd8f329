#include "resilience/told_error.h"

#include <gtest/gtest.h>

namespace inferenceflow::resilience {
namespace {

using namespace std::chrono_literals;

attempt_failure failed(fault what, error_kind kind, std::optional<std::chrono::milliseconds> retry_after = {}) {
  return {.what = what, .retry_after = retry_after, .told = make_error(kind, std::string{to_string(what)})};
}

class told_error_test : public ::testing::Test {
protected:
  [[nodiscard]] steady_time now() const { return clock_.steady_now(); }
  manual_clock clock_;
  told_error told_;
};

TEST_F(told_error_test, what_the_client_can_mend_comes_first) {
  told_.note(failed(fault::connect_failed, error_kind::upstream_failed), now());
  told_.note(failed(fault::rate_limited, error_kind::rate_limited), now());
  told_.note(failed(fault::context_too_long, error_kind::context_too_long), now());
  told_.note(failed(fault::server_error, error_kind::upstream_failed), now());
  EXPECT_EQ(told_.take(now()).kind, error_kind::context_too_long);
}

TEST_F(told_error_test, the_smallest_retry_after_counts_from_when_it_was_seen) {
  told_.note(failed(fault::rate_limited, error_kind::rate_limited, 30s), now());
  told_.note(failed(fault::overloaded, error_kind::unavailable, 10s), now());
  told_.note_retry_at(now() + 20s);
  clock_.advance(3'500ms);
  const error told = told_.take(now());
  EXPECT_EQ(told.kind, error_kind::rate_limited);
  EXPECT_EQ(told.retry_after, 7s);
}

TEST_F(told_error_test, a_retry_after_does_not_belong_to_a_client_fault) {
  told_.note(failed(fault::rate_limited, error_kind::rate_limited, 30s), now());
  told_.note(failed(fault::client_fault, error_kind::invalid_request), now());
  EXPECT_EQ(told_.take(now()).retry_after, std::nullopt);
}

TEST_F(told_error_test, the_gateways_own_key_is_not_the_clients_fault) {
  told_.note(failed(fault::key_refused, error_kind::unauthorized), now());
  const error told = told_.take(now());
  EXPECT_EQ(told.kind, error_kind::upstream_failed);
  EXPECT_EQ(told.source, error_source::upstream);
}

TEST_F(told_error_test, nothing_asked_is_unavailable) {
  told_.note_retry_at(now() - 1s);
  const error told = told_.take(now());
  EXPECT_EQ(told.kind, error_kind::unavailable);
  EXPECT_EQ(told.retry_after, 1s);
}

} // namespace
} // namespace inferenceflow::resilience
