#include "store/redis/reply_reader.h"

#include <gtest/gtest.h>
#include <string>
#include <vector>

namespace inferenceflow::redis {
namespace {

/// All replies in `bytes`, fed in slices; the error ends it.
result<std::vector<reply>> read(std::string_view bytes, std::size_t slice, std::size_t bytes_max = 1'000'000) {
  reply_reader reader{bytes_max};
  std::vector<reply> found;
  for (std::size_t at = 0; at < bytes.size(); at += slice) {
    if (auto fed = reader.feed(bytes.substr(at, slice)); !fed) {
      return fed.error();
    }
    while (true) {
      auto next = reader.next();
      if (!next) {
        return next.error();
      }
      if (!*next) {
        break;
      }
      found.push_back(std::move(**next));
    }
  }
  return found;
}

TEST(reply_reader, reads_every_kind_in_any_slices) {
  const std::string bytes = "+OK\r\n$5\r\na\r\nbc\r\n:-12\r\n-ERR no\r\n$-1\r\n*-1\r\n*0\r\n$0\r\n\r\n"
                            "*3\r\n*2\r\n:1\r\n*1\r\n$1\r\nx\r\n$-1\r\n+s\r\n:7\r\n";
  for (std::size_t slice = 1; slice <= bytes.size(); ++slice) {
    const auto all = read(bytes, slice);
    ASSERT_TRUE(all) << all.error().message;
    ASSERT_EQ(all->size(), 10U);
    const auto& got = *all;
    EXPECT_TRUE(got[0].is(reply_kind::status));
    EXPECT_EQ(got[0].text, "OK");
    EXPECT_EQ(got[1].text, "a\r\nbc");
    EXPECT_EQ(got[2].integer, -12);
    EXPECT_TRUE(got[3].is(reply_kind::failure));
    EXPECT_TRUE(got[4].is(reply_kind::nil));
    EXPECT_TRUE(got[5].is(reply_kind::nil));
    EXPECT_TRUE(got[6].is(reply_kind::list));
    EXPECT_TRUE(got[6].elements.empty());
    EXPECT_TRUE(got[7].is(reply_kind::text));
    ASSERT_EQ(got[8].elements.size(), 3U);
    ASSERT_EQ(got[8].elements[0].elements.size(), 2U);
    EXPECT_EQ(got[8].elements[0].elements[0].integer, 1);
    EXPECT_EQ(got[8].elements[0].elements[1].elements[0].text, "x");
    EXPECT_TRUE(got[8].elements[1].is(reply_kind::nil));
    EXPECT_EQ(got[8].elements[2].text, "s");
    EXPECT_EQ(got[9].integer, 7);
  }
}

TEST(reply_reader, keeps_lists_of_lists_apart_while_they_grow) {
  std::string bytes = "*1000\r\n";
  for (int i = 0; i < 1'000; ++i) {
    bytes += "*2\r\n:" + std::to_string(i) + "\r\n*1\r\n:" + std::to_string(i * 2) + "\r\n";
  }
  const auto all = read(bytes, 7);
  ASSERT_TRUE(all);
  ASSERT_EQ(all->at(0).elements.size(), 1'000U);
  for (std::size_t i = 0; i < 1'000; ++i) {
    EXPECT_EQ(all->at(0).elements[i].elements[0].integer, static_cast<std::int64_t>(i));
    EXPECT_EQ(all->at(0).elements[i].elements[1].elements[0].integer, static_cast<std::int64_t>(i * 2));
  }
}

TEST(reply_reader, refuses_what_is_no_answer) {
  for (const char* bytes : {"HTTP/1.1 400 Bad Request\r\n", "\r\n", ":x\r\n", ":99999999999999999999\r\n", "$-2\r\n",
                            "$x\r\n", "*-2\r\n", "*9999999999\r\n", "%1\r\n+a\r\n+b\r\n", "$1\r\nab\r\n+OK\r\n"}) {
    EXPECT_FALSE(read(bytes, 1'000)) << bytes;
  }
}

TEST(reply_reader, bounds_size_lines_values_and_nesting) {
  EXPECT_TRUE(read("$900\r\n" + std::string(900, 'x') + "\r\n", 10, 1'000));
  EXPECT_NE(read("$5000\r\n" + std::string(2'000, 'x'), 10, 1'000).error().message.find("longer than 1000"),
            std::string::npos);
  EXPECT_NE(read("+" + std::string(200'000, 'x'), 1'000).error().message.find("a line longer"), std::string::npos);
  EXPECT_NE(read("$" + std::string(200'000, '9'), 1'000).error().message.find("a line longer"), std::string::npos);
  std::string values = "*2000000\r\n";
  for (std::size_t i = 0; i <= k_values_max; ++i) {
    values += ":1\r\n";
  }
  EXPECT_NE(read(values, 65'536, 100'000'000).error().message.find("more than 1000000 values"), std::string::npos);
  std::string seven;
  for (int i = 0; i < 7; ++i) {
    seven += "*1\r\n";
  }
  EXPECT_TRUE(read(seven + ":1\r\n", 3));
  EXPECT_FALSE(read(seven + "*1\r\n*1\r\n:1\r\n", 3));
}

TEST(reply_reader, a_promise_of_much_costs_nothing) {
  const auto all = read("*2147483647\r\n:1\r\n$536870912\r\nx", 1'000);
  ASSERT_TRUE(all);
  EXPECT_TRUE(all->empty());
}

TEST(reply_reader, many_small_replies_do_not_add_up_to_a_long_one) {
  std::string bytes;
  for (int i = 0; i < 10'000; ++i) {
    bytes += "$3\r\nabc\r\n";
  }
  const auto all = read(bytes, 900, 1'000);
  ASSERT_TRUE(all) << all.error().message;
  EXPECT_EQ(all->size(), 10'000U);
}

} // namespace
} // namespace inferenceflow::redis
