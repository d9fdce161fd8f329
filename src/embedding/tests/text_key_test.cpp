#include "embedding/text_key.h"

#include <gtest/gtest.h>
#include <set>
#include <string>
#include <utility>

namespace inferenceflow::embedding {
namespace {

constexpr key_secret k_reference_secret{0x0706050403020100ULL, 0x0f0e0d0c0b0a0908ULL};

std::string counting(std::size_t length) {
  std::string text;
  for (std::size_t i = 0; i < length; ++i) {
    text += static_cast<char>(i);
  }
  return text;
}

// The first, an inner and the last of the reference's vectors for 128 bits; `openssl mac SIPHASH` gives the same.
TEST(text_key_test, agrees_with_the_reference) {
  EXPECT_EQ(key_of(k_reference_secret, ""), (text_key{0x930255c71472f66dULL, 0xe6a825ba047f81a3ULL}));
  EXPECT_EQ(key_of(k_reference_secret, counting(15)), (text_key{0xd9c3cf970fec087eULL, 0x11a8b03399e99354ULL}));
  EXPECT_EQ(key_of(k_reference_secret, counting(63)), (text_key{0x7cbd3f979a063e50ULL, 0x4a83502f77d15051ULL}));
}

TEST(text_key_test, every_bit_of_text_and_secret_counts) {
  std::set<std::pair<std::uint64_t, std::uint64_t>> seen;
  const auto add = [&seen](const text_key& key) { return seen.emplace(key.high, key.low).second; };
  for (std::size_t length = 0; length < 40; ++length) {
    EXPECT_TRUE(add(key_of(k_reference_secret, std::string(length, 'x')))) << length;
    EXPECT_TRUE(add(key_of({0, 1}, std::string(length, 'x')))) << length;
    EXPECT_TRUE(add(key_of(secret_for({0, 1}, "a"), std::string(length, 'x')))) << length;
    EXPECT_TRUE(add(key_of(secret_for({0, 1}, "b"), std::string(length, 'x')))) << length;
  }
}

TEST(text_key_test, secrets_differ) {
  EXPECT_NE(random_secret(), random_secret());
}

} // namespace
} // namespace inferenceflow::embedding
