#include "cache/entry_tags.h"
#include "cache/trust_level.h"

#include <gtest/gtest.h>
#include <string>

namespace inferenceflow::cache {
namespace {

TEST(entry_tags, are_sorted_once_each_without_blanks) {
  const auto tags = entry_tags::parse(" news ,b2b,,news,\tteam/a ");
  ASSERT_TRUE(tags.has_value());
  EXPECT_EQ(tags->text(), "b2b,news,team/a");
  EXPECT_EQ(entry_tags::parse(tags->text()).value(), *tags);
  EXPECT_TRUE(entry_tags::parse("").value().text().empty());
  EXPECT_TRUE(entry_tags::parse(" , ,").value().text().empty());
}

TEST(entry_tags, are_found_whole_only) {
  const auto tags = entry_tags::parse("news,b2b").value();
  EXPECT_TRUE(tags.contains("news"));
  EXPECT_TRUE(tags.contains("b2b"));
  EXPECT_FALSE(tags.contains("new"));
  EXPECT_FALSE(tags.contains("b2b,news"));
  EXPECT_FALSE(tags.contains(""));
  EXPECT_FALSE(entry_tags{}.contains("news"));
}

TEST(entry_tags, have_bounds_in_number_length_and_characters) {
  std::string list;
  for (std::size_t i = 0; i < k_tags_max; ++i) {
    list += "t" + std::to_string(i) + ",";
  }
  EXPECT_TRUE(entry_tags::parse(list).has_value());
  EXPECT_TRUE(entry_tags::parse(list + "t0").has_value()) << "a repetition is not one more";
  EXPECT_EQ(entry_tags::parse(list + "one-more").error().kind, error_kind::invalid_request);
  EXPECT_TRUE(entry_tags::parse(std::string(k_tag_bytes_max, 'x')).has_value());
  EXPECT_FALSE(entry_tags::parse(std::string(k_tag_bytes_max + 1, 'x')).has_value());
  for (const char* bad : {"two words", "star*", "quo\"te", "\xC3\xA9", "line\nend"}) {
    EXPECT_FALSE(entry_tags::parse(bad).has_value()) << bad;
  }
}

TEST(trust_level, has_names_and_numbers) {
  EXPECT_EQ(parse_trust("none").value(), trust_level::none);
  EXPECT_EQ(parse_trust("high").value(), trust_level::high);
  EXPECT_EQ(parse_trust("128").value(), trust_level::standard);
  EXPECT_LT(parse_trust("127").value(), trust_level::standard);
  for (const char* bad : {"", "256", "-1", "1x", "High", " 1"}) {
    EXPECT_EQ(parse_trust(bad).error().kind, error_kind::invalid_request) << bad;
  }
}

} // namespace
} // namespace inferenceflow::cache
