#include "cache/entry_filter.h"
#include "cache/ghost_list.h"

#include <gtest/gtest.h>
#include <string>

namespace inferenceflow::cache {
namespace {

TEST(entry_filter, survives_the_way_to_another_replica) {
  const entry_filter filter{.glob = "*/chat/?", .model = "m", .tenant = std::string("a\0b", 3), .tag = ""};
  const auto got = filter_from_bytes(to_bytes(filter));
  ASSERT_TRUE(got.has_value());
  EXPECT_EQ(*got, filter);
  EXPECT_TRUE(filter_from_bytes(to_bytes({}))->empty());
}

TEST(entry_filter, refuses_bytes_that_are_none) {
  const std::string bytes = to_bytes({.glob = "a", .model = "b", .tenant = "c", .tag = "d"});
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(filter_from_bytes(bytes.substr(0, size)).has_value()) << size;
  }
  EXPECT_FALSE(filter_from_bytes(bytes + "x").has_value());
  EXPECT_FALSE(filter_from_bytes("\x02" + bytes.substr(1)).has_value()) << "another format";
  EXPECT_FALSE(filter_from_bytes(to_bytes({.glob = std::string(k_filter_field_bytes_max + 1, '*')})).has_value());
  std::string lies = bytes;
  lies[4] = '\x7F';
  EXPECT_FALSE(filter_from_bytes(lies).has_value()) << "a length beyond the end";
}

TEST(ghost_list, remembers_the_latest_and_forgets_what_is_taken) {
  ghost_list ghosts;
  for (std::uint64_t n = 1; n <= 5; ++n) {
    ghosts.push({0, n}, 3);
  }
  EXPECT_EQ(ghosts.size(), 3U);
  EXPECT_FALSE(ghosts.take({0, 2}));
  EXPECT_TRUE(ghosts.take({0, 3}));
  EXPECT_FALSE(ghosts.take({0, 3}));
  EXPECT_TRUE(ghosts.take({0, 5}));
}

TEST(ghost_list, what_came_back_is_not_forgotten_at_its_first_place) {
  ghost_list ghosts;
  ghosts.push({0, 1}, 3);
  ASSERT_TRUE(ghosts.take({0, 1}));
  ghosts.push({0, 2}, 3);
  ghosts.push({0, 1}, 3);
  ghosts.push({0, 3}, 3); // the first place of 1 leaves the queue here
  EXPECT_TRUE(ghosts.take({0, 1}));
  EXPECT_TRUE(ghosts.take({0, 2}));
}

TEST(ghost_list, shrinks_to_a_lower_bound) {
  ghost_list ghosts;
  for (std::uint64_t n = 1; n <= 100; ++n) {
    ghosts.push({0, n}, 100);
  }
  ghosts.push({0, 101}, 2);
  EXPECT_EQ(ghosts.size(), 2U);
}

} // namespace
} // namespace inferenceflow::cache
