#include "semantic/text/difference.h"
#include "semantic/text/profile_codec.h"

#include <gtest/gtest.h>
#include <random>

namespace inferenceflow::semantic {
namespace {

constexpr std::string_view k_text = "Does Erika pay 2,500 euros to anna@example.org for `a + b`? Où est-ce?";

TEST(profile_codec, gives_back_what_it_was_given) {
  for (const std::string_view text : {k_text, std::string_view(), std::string_view("你好")}) {
    const auto written = profile_of(text);
    const auto read = decode_profile(encode_profile(written));
    ASSERT_TRUE(read.has_value());
    EXPECT_EQ(encode_profile(*read), encode_profile(written));
    EXPECT_TRUE(compare(written, *read).features.identical);
    const auto other = profile_of("Does Erika pay 2,600 euros to anna@example.org for `a + c`?");
    EXPECT_EQ(compare(*read, other).kinds, compare(written, other).kinds);
    EXPECT_EQ(read->polar, written.polar);
    EXPECT_EQ(read->english, written.english);
    EXPECT_EQ(read->accented, written.accented);
    EXPECT_EQ(read->demand, written.demand);
  }
}

TEST(profile_codec, refuses_what_is_cut_or_too_long) {
  const auto bytes = encode_profile(profile_of(k_text));
  for (std::size_t n = 0; n < bytes.size(); ++n) {
    EXPECT_FALSE(decode_profile(std::string_view(bytes).substr(0, n)).has_value()) << n;
  }
  EXPECT_FALSE(decode_profile(bytes + "x").has_value());
}

TEST(profile_codec, refuses_another_version_and_counts_beyond_the_bounds) {
  auto bytes = encode_profile(profile_of(k_text));
  bytes[0] = static_cast<char>(k_profile_version + 1);
  EXPECT_FALSE(decode_profile(bytes).has_value());
  auto many = profile_of("word");
  many.tokens.resize(text_profile::k_tokens_max + 1);
  EXPECT_FALSE(decode_profile(encode_profile(many)).has_value());
  auto spans = profile_of("word");
  spans.code.resize(text_profile::k_code_spans_max + 1);
  EXPECT_FALSE(decode_profile(encode_profile(spans)).has_value());
}

TEST(profile_codec, what_it_accepts_of_damaged_bytes_can_be_compared) {
  const auto good = profile_of(k_text);
  const auto bytes = encode_profile(good);
  std::mt19937 random(99);
  int accepted = 0;
  for (int round = 0; round < 5000; ++round) {
    auto damaged = bytes;
    damaged[random() % damaged.size()] = static_cast<char>(random() % 256);
    const auto read = decode_profile(damaged);
    if (read.has_value()) {
      ++accepted;
      EXPECT_LE(compare(*read, good).features.tokens, 1.0F);
      EXPECT_LE(compare(good, *read).features.tokens, 1.0F);
    }
  }
  EXPECT_GT(accepted, 0);
}

} // namespace
} // namespace inferenceflow::semantic
