#include "store/redis/address.h"

#include <gtest/gtest.h>
#include <string>
#include <utility>
#include <vector>

namespace inferenceflow::redis {
namespace {

TEST(parse_address, takes_a_url_apart) {
  const auto plain = parse_address("redis://localhost");
  ASSERT_TRUE(plain) << plain.error().message;
  EXPECT_FALSE(plain->tls);
  EXPECT_FALSE(plain->cluster);
  EXPECT_EQ(plain->seeds, (std::vector<node_name>{{"localhost", 6379}}));
  EXPECT_EQ(plain->database, 0U);
  EXPECT_TRUE(plain->password.empty());

  const auto full = parse_address("rediss://cache:se%40cr%3At@cache.example:6380/7");
  ASSERT_TRUE(full) << full.error().message;
  EXPECT_TRUE(full->tls);
  EXPECT_EQ(full->user, "cache");
  EXPECT_EQ(full->password, "se@cr:t");
  EXPECT_EQ(full->database, 7U);
  EXPECT_EQ(to_string(full->seeds.front()), "cache.example:6380");
}

TEST(parse_address, knows_a_password_without_user_and_ipv6) {
  const auto read = parse_address("redis://:pw@[::1]:7000");
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_TRUE(read->user.empty());
  EXPECT_EQ(read->password, "pw");
  EXPECT_EQ(read->seeds.front().host, "::1");
  EXPECT_EQ(to_string(read->seeds.front()), "[::1]:7000");
}

TEST(parse_address, several_hosts_or_the_scheme_make_a_cluster) {
  const auto hosts = parse_address("redis://:pw@a:7000,b,[::1]:7002/0");
  ASSERT_TRUE(hosts) << hosts.error().message;
  EXPECT_TRUE(hosts->cluster);
  EXPECT_EQ(hosts->seeds, (std::vector<node_name>{{"a", 7000}, {"b", 6379}, {"::1", 7002}}));
  EXPECT_TRUE(parse_address("redis+cluster://a")->cluster);
  const auto secure = parse_address("valkeys+cluster://a");
  EXPECT_TRUE(secure->cluster && secure->tls);
}

TEST(parse_address, names_what_is_wrong) {
  const std::vector<std::pair<std::string, std::string>> cases{
      {"", "must begin with redis://"},
      {"http://a", "must begin with redis://"},
      {"redis://", "host 1 is empty"},
      {"redis://a,", "host 2 is empty"},
      {"redis://a:", "host 1 has a port"},
      {"redis://a:0", "host 1 has a port"},
      {"redis://a:65536", "host 1 has a port"},
      {"redis://a:7x", "host 1 has a port"},
      {"redis://::1", "brackets"},
      {"redis://[::1", "without a ]"},
      {"redis://[::1]7", "something other than :port"},
      {"redis://a b", "no host name"},
      {"redis://a/x", "no database number"},
      {"redis://a/99999999999999999999", "no database number"},
      {"redis://a,b/1", "database 0 only"},
      {"redis://a?timeout=1", "? and #"},
      {"redis://user@a", "needs a password"},
      {"redis://user:@a", "password is empty"},
      {"redis://:p%4@a", "hexadecimal"},
      {"redis://:p%zz@a", "hexadecimal"},
      {"redis://:p@q@a", "%40"},
      {"redis://u:p@a,u:p@b", "%40"},
      {std::string("redis://") + std::string(5'000, 'a'), "longer than 4096"},
  };
  for (const auto& [url, expected] : cases) {
    const auto read = parse_address(url);
    ASSERT_FALSE(read) << url;
    EXPECT_EQ(read.error().kind, error_kind::invalid_request) << url;
    EXPECT_NE(read.error().message.find(expected), std::string::npos) << url << " → " << read.error().message;
  }
  std::string many = "redis://a";
  for (std::size_t i = 0; i < k_seeds_max; ++i) {
    many += ",a";
  }
  EXPECT_NE(parse_address(many).error().message.find("more than 64"), std::string::npos);
}

TEST(parse_address, never_tells_the_password) {
  for (const char* url :
       {"redis://me:hunter2@", "redis://me:hunter2@a:x", "redis://me:hunter2%@a", "foo://me:hunter2@a",
        "redis://me:hunter2@a/x", "redis://me:hunter2@b@a", "redis://me:hunter2@a?b"}) {
    const auto read = parse_address(url);
    ASSERT_FALSE(read) << url;
    EXPECT_EQ(read.error().message.find("hunter2"), std::string::npos) << read.error().message;
  }
}

} // namespace
} // namespace inferenceflow::redis
