#include "pipeline/plan_of.h"

#include <gtest/gtest.h>

namespace inferenceflow::pipeline {
namespace {

using providers::call_trace;
using resilience::fault;

fault fault_of(const call_trace& trace, error_kind kind) {
  return failure_of(trace, make_error(kind, "why")).what;
}

TEST(failure_of, tells_a_connection_from_silence_and_from_garbage) {
  EXPECT_EQ(fault_of({}, error_kind::upstream_failed), fault::connect_failed);
  EXPECT_EQ(fault_of({}, error_kind::upstream_timeout), fault::connect_failed);
  EXPECT_EQ(fault_of({.connected = true}, error_kind::upstream_timeout), fault::no_first_byte);
  EXPECT_EQ(fault_of({.connected = true}, error_kind::upstream_failed), fault::broken);
  EXPECT_EQ(fault_of({.connected = true, .answered = true}, error_kind::upstream_timeout), fault::broken);
}

TEST(failure_of, what_the_gateway_refuses_by_itself_another_target_may_carry) {
  EXPECT_EQ(fault_of({}, error_kind::invalid_request), fault::unsupported);
  EXPECT_EQ(fault_of({}, error_kind::context_too_long), fault::context_too_long);
  EXPECT_EQ(fault_of({}, error_kind::cancelled), fault::cancelled);
}

TEST(failure_of, what_a_backend_declines_says_nothing_against_it) {
  EXPECT_EQ(fault_of({.connected = true}, error_kind::unavailable), fault::overloaded);
  EXPECT_EQ(fault_of({.connected = true, .declined = true}, error_kind::unavailable), fault::unsupported);
}

TEST(failure_of, goes_by_the_backends_own_status_and_words) {
  providers::answer refused;
  refused.status = 403; // as the client is told
  call_trace trace{.connected = true, .answered = true, .status = 401};
  EXPECT_EQ(failure_of(trace, refused).what, fault::key_refused);
  trace.status = 429;
  trace.refused = make_error(error_kind::rate_limited, "slow down");
  trace.refused->retry_after = std::chrono::seconds{7};
  const auto limited = failure_of(trace, refused);
  EXPECT_EQ(limited.what, fault::rate_limited);
  EXPECT_EQ(limited.retry_after, std::chrono::seconds{7});
  EXPECT_EQ(limited.told.message, "slow down");
  trace.status = 400;
  trace.refused = make_error(error_kind::context_too_long, "too long");
  EXPECT_EQ(failure_of(trace, refused).what, fault::context_too_long);
}

TEST(failure_of, a_content_filter_is_not_the_requests_form) {
  providers::answer refused;
  refused.status = 400;
  call_trace trace{.connected = true, .answered = true, .status = 400, .filtered = true};
  trace.refused = make_error(error_kind::invalid_request, "filtered");
  EXPECT_EQ(failure_of(trace, refused).what, fault::content_filtered);
  trace.filtered = false;
  EXPECT_EQ(failure_of(trace, refused).what, fault::client_fault);
}

TEST(failure_of, a_broken_stream_keeps_its_reason) {
  providers::answer broken;
  broken.streamed = true;
  broken.broke = make_error(error_kind::upstream_failed, "torn");
  const auto failure = failure_of({.connected = true, .answered = true, .status = 200}, broken);
  EXPECT_EQ(failure.what, fault::broken);
  EXPECT_EQ(failure.told.message, "torn");
}

} // namespace
} // namespace inferenceflow::pipeline
