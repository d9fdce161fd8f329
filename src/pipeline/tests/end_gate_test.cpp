#include "pipeline/end_gate.h"

#include <gtest/gtest.h>

namespace inferenceflow::pipeline {
namespace {

TEST(end_gate, holds_from_the_end_marker_on) {
  end_gate gate{true};
  EXPECT_FALSE(gate.holds("data: {\"a\":1}\n\n"));
  EXPECT_TRUE(gate.holds("data: [DONE]\n"));
  EXPECT_TRUE(gate.holds("\n"));
  EXPECT_EQ(gate.held(), "data: [DONE]\n\n");
}

TEST(end_gate, finds_a_marker_that_is_split_or_followed_by_more) {
  end_gate split{true};
  EXPECT_FALSE(split.holds("data: {}\n\nda"));
  EXPECT_FALSE(split.holds("ta: [DO"));
  EXPECT_TRUE(split.holds("NE]\n\n"));
  end_gate followed{true};
  EXPECT_TRUE(followed.holds("data: {}\r\n\r\ndata:[DONE]\r\n\r\n: a comment that is longer than the tail\r\n\r\n"));
}

TEST(end_gate, a_model_that_writes_the_marker_does_not_end_its_stream) {
  end_gate gate{true};
  EXPECT_FALSE(gate.holds(R"(data: {"content":"[DONE] data: [DONE] \ndata: [DONE]"})"));
  EXPECT_FALSE(gate.holds("\n\ndata: {\"content\":\"x\"}\n\n"));
  EXPECT_TRUE(gate.holds("data: [DONE]\n\n"));
}

TEST(end_gate, lets_everything_pass_when_it_is_open) {
  end_gate gate{false};
  EXPECT_FALSE(gate.holds("data: [DONE]\n\n"));
  EXPECT_EQ(gate.held(), "");
}

} // namespace
} // namespace inferenceflow::pipeline
