#include "store/redis/command.h"
#include "store/redis/slot.h"
#include "store/redis/write_batch.h"

#include <gtest/gtest.h>
#include <string>
#include <vector>

namespace inferenceflow::redis {
namespace {

using namespace std::chrono_literals;

TEST(command, is_written_as_a_list_of_texts) {
  const auto made = get_command(std::string_view{"k\r\n\0y", 5});
  ASSERT_TRUE(made);
  EXPECT_EQ(made->bytes(), (std::string_view{"*2\r\n$3\r\nGET\r\n$5\r\nk\r\n\0y\r\n", 24}));
  EXPECT_EQ(made->slot(), slot_of(std::string_view{"k\r\n\0y", 5}));
  EXPECT_EQ(set_command("k", "", 1'500ms)->bytes(),
            "*5\r\n$3\r\nSET\r\n$1\r\nk\r\n$0\r\n\r\n$2\r\nPX\r\n$4\r\n1500\r\n");
  EXPECT_FALSE(make_command({"PING"}, 0)->slot());
}

TEST(command, keys_of_one_command_share_a_slot) {
  EXPECT_TRUE(make_command({"UNLINK", "{a}1", "{a}2"}, 2));
  const auto apart = make_command({"UNLINK", "a", "b"}, 2);
  ASSERT_FALSE(apart);
  EXPECT_NE(apart.error().message.find("hash tag"), std::string::npos);
}

TEST(command, has_bounds) {
  EXPECT_FALSE(make_command({}, 0));
  EXPECT_FALSE(make_command({"GET"}, 1));
  EXPECT_FALSE(set_command("k", "v", 0ms));
  const std::vector<std::string_view> many(k_arguments_max + 1, "a");
  EXPECT_FALSE(make_command(many, 0));
  const std::string big(k_command_bytes_max, 'x');
  EXPECT_EQ(set_command("k", big, 1ms).error().kind, error_kind::invalid_request);
  EXPECT_FALSE(get_command(big + "x"));
}

std::string text_of(write_batch& batch) {
  std::string text;
  for (const auto& piece : batch.pieces()) {
    text.append(static_cast<const char*>(piece.data()), piece.size());
  }
  return text;
}

call call_of(std::size_t value_bytes, bool asking = false) {
  return call{.what = *make_command({"SET", "k", std::string(value_bytes, 'v')}, 1), .asking = asking};
}

TEST(write_batch, puts_small_commands_side_by_side_and_keeps_the_order) {
  write_batch batch;
  std::vector<call> calls;
  std::string expected;
  for (const std::size_t bytes : std::vector<std::size_t>{10, 20, 50'000, 30, 60'000, 70'000, 5}) {
    calls.push_back(call_of(bytes, bytes == 30 || bytes == 70'000));
  }
  for (const call& each : calls) {
    ASSERT_TRUE(batch.add(each));
    expected += each.asking ? "*1\r\n$6\r\nASKING\r\n" : "";
    expected += each.what.bytes();
  }
  EXPECT_EQ(text_of(batch), expected);
  EXPECT_EQ(batch.bytes(), expected.size());
  EXPECT_LE(batch.pieces().size(), net::byte_stream::k_pieces_max);
  batch.clear();
  EXPECT_EQ(batch.pieces().size(), 0U);
  ASSERT_TRUE(batch.add(calls[0]));
  EXPECT_EQ(text_of(batch), calls[0].what.bytes());
}

TEST(write_batch, a_thousand_small_commands_are_one_piece) {
  write_batch batch;
  const call one = call_of(10);
  for (int i = 0; i < 1'000; ++i) {
    ASSERT_TRUE(batch.add(one));
  }
  EXPECT_EQ(batch.pieces().size(), 1U);
}

TEST(write_batch, is_full_at_its_pieces_and_its_bytes_but_takes_any_first_command) {
  write_batch batch;
  const call big = call_of(10'000);
  std::size_t taken = 0;
  while (batch.add(big)) {
    ++taken;
  }
  EXPECT_EQ(taken, net::byte_stream::k_pieces_max);
  EXPECT_FALSE(batch.add(call_of(10)));
  batch.clear();
  const call huge = call_of(2 * write_batch::k_batch_bytes_max);
  EXPECT_TRUE(batch.add(huge));
  EXPECT_FALSE(batch.add(big));
}

} // namespace
} // namespace inferenceflow::redis
