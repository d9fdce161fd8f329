#include "net/cancel_scope.h"

#include <gtest/gtest.h>
#include <string>

namespace inferenceflow::net {
namespace {

TEST(cancel_scope, runs_the_registered_hooks_once_innermost_first) {
  cancel_scope scope;
  std::string order;
  cancel_scope::registration outer{scope, [&] { order += "outer "; }};
  cancel_scope::registration inner{scope, [&] { order += "inner "; }};
  scope.cancel();
  scope.cancel();
  EXPECT_EQ(order, "inner outer ");
  EXPECT_TRUE(scope.cancelled());
}

TEST(cancel_scope, a_hook_registered_too_late_runs_at_once_and_one_that_is_gone_does_not) {
  cancel_scope scope;
  int gone = 0;
  {
    cancel_scope::registration short_lived{scope, [&] { ++gone; }};
  }
  scope.cancel();
  EXPECT_EQ(gone, 0);
  int late = 0;
  cancel_scope::registration too_late{scope, [&] { ++late; }};
  EXPECT_EQ(late, 1);
}

} // namespace
} // namespace inferenceflow::net
