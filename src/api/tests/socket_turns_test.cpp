#include "api/socket_turns.h"

#include <gtest/gtest.h>
#include <string>

namespace inferenceflow::api {
namespace {

/// What comes out until all lines are empty, joined.
std::string drained(socket_turns& turns) {
  std::string all;
  while (auto turn = turns.next()) {
    all += turn->message + " ";
  }
  return all;
}

TEST(socket_turns, a_long_line_does_not_delay_the_others) {
  socket_turns turns{1'000};
  for (const char* message : {"a1", "a2", "a3", "a4"}) {
    turns.put(1, message);
  }
  turns.put(2, "b1");
  turns.put(3, "c1");
  turns.put(3, "c2");
  EXPECT_EQ(drained(turns), "a1 b1 c1 a2 c2 a3 a4 ");
  EXPECT_TRUE(turns.empty());
}

TEST(socket_turns, one_who_comes_back_stands_at_the_end) {
  socket_turns turns{1'000};
  turns.put(1, "a1");
  turns.put(2, "b1");
  turns.put(2, "b2");
  EXPECT_EQ(turns.next()->message, "a1");
  turns.put(1, "a2");
  EXPECT_EQ(drained(turns), "b1 a2 b2 ");
}

TEST(socket_turns, a_line_has_room_by_its_own_bytes_only) {
  socket_turns turns{10};
  turns.put(1, "123456789");
  EXPECT_TRUE(turns.has_room(1));
  turns.put(1, "0");
  EXPECT_FALSE(turns.has_room(1));
  EXPECT_TRUE(turns.has_room(2));
  EXPECT_EQ(turns.bytes(1), 10U);
  EXPECT_EQ(turns.messages(1), 2U);
  EXPECT_EQ(turns.next()->line, 1U);
  EXPECT_TRUE(turns.has_room(1));
}

TEST(socket_turns, a_dropped_line_is_gone_and_may_begin_again) {
  socket_turns turns{10};
  turns.put(1, "a1");
  turns.put(2, "b1");
  turns.put(1, "a2");
  turns.drop(1);
  turns.drop(7);
  EXPECT_EQ(turns.messages(1), 0U);
  turns.put(1, "a3");
  EXPECT_EQ(drained(turns), "b1 a3 ");
}

} // namespace
} // namespace inferenceflow::api
