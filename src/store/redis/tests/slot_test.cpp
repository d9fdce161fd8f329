#include "store/redis/slot.h"
#include "store/redis/slot_map.h"

#include <gtest/gtest.h>
#include <string>

namespace inferenceflow::redis {
namespace {

TEST(slot, crc16_is_that_of_the_specification) {
  EXPECT_EQ(crc16("123456789"), 0x31C3); // the check value that the specification gives
  EXPECT_EQ(crc16(""), 0);
}

TEST(slot, agrees_with_cluster_keyslot) { // values that redis-server 7.0 answers
  EXPECT_EQ(slot_of("foo"), 12182);
  EXPECT_EQ(slot_of("bar"), 5061);
  EXPECT_EQ(slot_of(""), 0);
  EXPECT_EQ(slot_of("{user1000}.following"), slot_of("user1000"));
}

TEST(slot, the_hash_tag_is_the_first_pair_of_braces_with_something_in_it) {
  EXPECT_EQ(hash_tag("a{b}c{d}"), "b");
  EXPECT_EQ(hash_tag("foo{}{bar}"), "foo{}{bar}");
  EXPECT_EQ(hash_tag("foo{{bar}}zap"), "{bar");
  EXPECT_EQ(hash_tag("foo{bar"), "foo{bar");
  EXPECT_EQ(hash_tag("}{"), "}{");
}

reply number(std::int64_t value) {
  return reply{.kind = reply_kind::integer, .integer = value};
}
reply text(std::string value) {
  return reply{.kind = reply_kind::text, .text = std::move(value)};
}
reply list(std::vector<reply> elements) {
  return reply{.kind = reply_kind::list, .elements = std::move(elements)};
}
reply range(std::int64_t first, std::int64_t last, const std::string& host, std::int64_t port) {
  return list({number(first), number(last), list({text(host), number(port), text("id")}),
               list({text("replica"), number(1), text("id2")})});
}

TEST(slot_map, learns_masters_and_ignores_replicas) {
  slot_map map;
  EXPECT_EQ(map.owner(0), nullptr);
  ASSERT_TRUE(map.load(list({range(0, 99, "a", 1), range(200, 16383, "", 2)}), {"asked", 9}));
  EXPECT_EQ(*map.owner(0), (node_name{"a", 1}));
  EXPECT_EQ(*map.owner(99), (node_name{"a", 1}));
  EXPECT_EQ(map.owner(100), nullptr);
  EXPECT_EQ(*map.owner(16383), (node_name{"asked", 2})); // an empty host is the one that was asked
  EXPECT_EQ(map.owner(16384), nullptr);
  EXPECT_EQ(map.masters().size(), 2U);
  map.assign(99, {"c", 3});
  EXPECT_EQ(*map.owner(99), (node_name{"c", 3}));
  EXPECT_EQ(*map.owner(98), (node_name{"a", 1}));
}

TEST(slot_map, a_node_that_does_not_know_its_name_owns_nothing) {
  slot_map map;
  ASSERT_TRUE(map.load(list({range(0, 10, "?", 1), range(11, 20, "b", 1)}), {"asked", 9}));
  EXPECT_EQ(map.owner(5), nullptr);
  EXPECT_NE(map.owner(15), nullptr);
}

TEST(slot_map, malformed_answers_change_nothing) {
  slot_map map;
  ASSERT_TRUE(map.load(list({range(0, 16383, "a", 1)}), {"asked", 9}));
  const std::vector<reply> bad{
      reply{},
      list({}),
      text("x"),
      list({text("x")}),
      list({list({number(0), number(1)})}),
      list({range(-1, 5, "b", 1)}),
      list({range(5, 4, "b", 1)}),
      list({range(0, 16384, "b", 1)}),
      list({range(0, 5, "b", 0)}),
      list({range(0, 5, "b", 65'536)}),
      list({list({number(0), number(5), list({text("b")})})}),
      list({list({number(0), number(5), text("b")})}),
      list({range(0, 5, "b", 1), list({})}),
  };
  for (const reply& answer : bad) {
    EXPECT_FALSE(map.load(answer, {"asked", 9}));
    EXPECT_EQ(*map.owner(3), (node_name{"a", 1}));
  }
  std::vector<reply> many;
  for (int i = 0; i <= static_cast<int>(k_masters_max); ++i) {
    many.push_back(range(i, i, "h" + std::to_string(i), 1));
  }
  EXPECT_NE(map.load(list(many), {"asked", 9}).error().message.find("more than 1000"), std::string::npos);
  EXPECT_EQ(*map.owner(3), (node_name{"a", 1}));
}

} // namespace
} // namespace inferenceflow::redis
