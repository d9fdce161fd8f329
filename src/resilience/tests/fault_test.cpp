#include "resilience/fault.h"

#include <gtest/gtest.h>

namespace inferenceflow::resilience {
namespace {

TEST(fault_test, a_status_says_its_fault) {
  EXPECT_EQ(fault_of_status(400), fault::client_fault);
  EXPECT_EQ(fault_of_status(401), fault::key_refused);
  EXPECT_EQ(fault_of_status(402), fault::quota_exhausted);
  EXPECT_EQ(fault_of_status(403), fault::key_forbidden);
  EXPECT_EQ(fault_of_status(404), fault::model_missing);
  EXPECT_EQ(fault_of_status(408), fault::request_timeout);
  EXPECT_EQ(fault_of_status(422), fault::client_fault);
  EXPECT_EQ(fault_of_status(429), fault::rate_limited);
  EXPECT_EQ(fault_of_status(500), fault::server_error);
  EXPECT_EQ(fault_of_status(503), fault::overloaded);
  EXPECT_EQ(fault_of_status(504), fault::server_error);
  EXPECT_EQ(fault_of_status(529), fault::overloaded);
}

TEST(fault_test, an_error_without_a_status_says_its_fault) {
  EXPECT_EQ(fault_of_error(make_error(error_kind::upstream_timeout, "")), fault::no_first_byte);
  EXPECT_EQ(fault_of_error(make_error(error_kind::upstream_failed, "")), fault::broken);
  EXPECT_EQ(fault_of_error(make_error(error_kind::context_too_long, "")), fault::context_too_long);
  EXPECT_EQ(fault_of_error(make_error(error_kind::cancelled, "")), fault::cancelled);
  EXPECT_EQ(fault_of_error(make_error(error_kind::body_too_large, "")), fault::client_fault);
}

TEST(fault_test, a_set_holds_what_it_was_given) {
  constexpr fault_set some{fault::broken, fault::cancelled};
  static_assert(some.contains(fault::broken) && !some.contains(fault::rate_limited));
  static_assert(some.with(fault::rate_limited).contains(fault::rate_limited));
  EXPECT_EQ(to_string(fault::no_first_byte), "no_first_byte");
}

} // namespace
} // namespace inferenceflow::resilience
