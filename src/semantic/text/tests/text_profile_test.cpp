#include "semantic/text/stem.h"
#include "semantic/text/text_profile.h"

#include <gtest/gtest.h>
#include <random>
#include <string>

namespace inferenceflow::semantic {
namespace {

TEST(stem, joins_inflected_forms) {
  EXPECT_EQ(stem_of("running"), stem_of("run"));
  EXPECT_EQ(stem_of("makes"), stem_of("making"));
  EXPECT_EQ(stem_of("cities"), stem_of("city"));
  EXPECT_EQ(stem_of("boxes"), stem_of("box"));
  EXPECT_EQ(stem_of("stopped"), stem_of("stop"));
  EXPECT_EQ(stem_of("biggest"), stem_of("big"));
  EXPECT_EQ(stem_of("quickly"), stem_of("quick"));
  EXPECT_NE(stem_of("interest"), stem_of("inter"));
  EXPECT_EQ(stem_of("string"), "string");
  EXPECT_EQ(stem_of("bus"), "bus");
  EXPECT_EQ(stem_of("für"), "für");
  EXPECT_EQ(stem_of(""), "");
}

TEST(text_profile, reads_words_numbers_names_and_code) {
  const auto p = profile_of("Does Erika pay 2,500 euros for `a + b`?");
  ASSERT_EQ(p.tokens.size(), 7U);
  EXPECT_TRUE(p.tokens[0].is(trait::k_aux));
  EXPECT_TRUE(p.tokens[1].is(trait::k_name));
  EXPECT_TRUE(p.tokens[3].is(trait::k_number));
  EXPECT_EQ(p.tokens[3].form, profile_of("2500").tokens.at(0).form);
  EXPECT_TRUE(p.tokens[4].is(trait::k_unit));
  EXPECT_TRUE(p.tokens[6].is(trait::k_code));
  EXPECT_EQ(p.code.size(), 1U);
  EXPECT_TRUE(p.polar);
  EXPECT_TRUE(p.english);
  EXPECT_EQ(p.writing, script::latin);
  EXPECT_EQ(p.rest, 0U);
}

TEST(text_profile, a_capital_tells_nothing_in_titles_and_shouting) {
  EXPECT_FALSE(profile_of("How To Bake Fresh Bread Quickly At Home Today").tokens.at(3).is(trait::k_name));
  EXPECT_FALSE(profile_of("PLEASE REPAIR THIS BROKEN TABLE").tokens.at(2).is(trait::k_name));
  EXPECT_TRUE(profile_of("please repair this for Wanda").tokens.at(4).is(trait::k_name));
}

TEST(text_profile, sees_the_script_and_the_language) {
  EXPECT_EQ(profile_of("привет мир").writing, script::cyrillic);
  EXPECT_EQ(profile_of("καλημέρα").writing, script::greek);
  EXPECT_EQ(profile_of("你好").writing, script::han);
  EXPECT_EQ(profile_of("안녕하세요").writing, script::hangul);
  EXPECT_EQ(profile_of("สวัสดี").writing, script::thai);
  EXPECT_EQ(profile_of("שלום").writing, script::hebrew);
  EXPECT_EQ(profile_of("12 + 13").writing, script::none);
  EXPECT_EQ(profile_of("Was ist das und warum ist es so?").language, word_class::language_de);
  EXPECT_EQ(profile_of("¿Cómo es el tiempo en los Andes?").language, word_class::language_es);
  EXPECT_EQ(profile_of("Qu'est-ce que le soleil et pourquoi est-il chaud?").language, word_class::language_fr);
  EXPECT_EQ(profile_of("What is the weather like in the Andes?").language, word_class::none);
}

TEST(text_profile, folds_case_beyond_ascii) {
  EXPECT_EQ(profile_of("ÄRGER Čeština ПРИВЕТ").whole, profile_of("ärger čeština привет").whole);
}

TEST(text_profile, nothing_is_read_as_nothing) {
  const auto p = profile_of("");
  EXPECT_TRUE(p.tokens.empty());
  EXPECT_EQ(p.writing, script::none);
  EXPECT_EQ(p.whole, profile_of(" \n\t ").whole);
}

TEST(text_profile, bounds_what_it_keeps) {
  std::string many;
  for (int i = 0; i < 100000; ++i) {
    many += "word" + std::to_string(i) + " ";
  }
  const auto p = profile_of(many);
  EXPECT_LE(p.tokens.size(), text_profile::k_tokens_max);
  EXPECT_NE(p.rest, 0U);
  EXPECT_LE(p.bytes(), 20U * 1024U);
  std::string spans;
  for (int i = 0; i < 200; ++i) {
    spans += "`c" + std::to_string(i) + "` ";
  }
  const auto q = profile_of(spans);
  EXPECT_LE(q.code.size(), text_profile::k_code_spans_max);
  EXPECT_NE(q.rest, 0U) << "what was not kept is still known to be there";
}

TEST(text_profile, one_endless_word_is_one_word) {
  const auto p = profile_of(std::string(1024UL * 1024UL, 'a'));
  EXPECT_EQ(p.tokens.size(), 1U);
  EXPECT_NE(p.rest, 0U);
  EXPECT_NE(p.whole, profile_of(std::string(1024UL * 1024UL, 'a') + "b").whole);
}

TEST(text_profile, survives_any_bytes) {
  std::mt19937 random(20240117);
  for (int round = 0; round < 2000; ++round) {
    std::string bytes(random() % 96, '\0');
    for (auto& c : bytes) {
      c = static_cast<char>(random() % (round % 2 == 0 ? 256U : 128U));
    }
    const auto p = profile_of(bytes);
    EXPECT_LE(p.tokens.size(), bytes.size() * 2);
    EXPECT_EQ(p.whole, profile_of(bytes).whole);
  }
}

TEST(text_profile, cut_characters_separate_words) {
  EXPECT_EQ(profile_of("ab\xC3").tokens.size(), 1U);
  EXPECT_EQ(profile_of("ab\xC3 cd").tokens.size(), 2U);
  EXPECT_EQ(profile_of("\xF0\x9F\x98").tokens.size(), 0U);
  EXPECT_EQ(profile_of("\xE2\x80").tokens.size(), 0U);
  EXPECT_EQ(profile_of("don\xE2\x80\x99t").tokens.size(), 2U);
  EXPECT_EQ(profile_of("don\xE2\x80\x99").tokens.size(), 1U);
}

TEST(text_profile, unclosed_code_ends_with_the_text) {
  EXPECT_EQ(profile_of("see ```int x").tokens.size(), 2U);
  EXPECT_EQ(profile_of("see `").tokens.size(), 2U);
  EXPECT_EQ(profile_of("```").tokens.size(), 1U);
}

TEST(text_profile, code_ignores_only_the_amount_of_white_space) {
  EXPECT_EQ(profile_of("`a  b`").code, profile_of("`a b `").code);
  EXPECT_NE(profile_of("`ab`").code, profile_of("`a b`").code);
  EXPECT_NE(profile_of("`A`").code, profile_of("`a`").code);
}

} // namespace
} // namespace inferenceflow::semantic
