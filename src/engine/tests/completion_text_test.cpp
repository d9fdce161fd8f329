#include "engine/completion_text.h"

#include <gtest/gtest.h>
#include <optional>
#include <string>

namespace inferenceflow::engine {
namespace {

token_logprob entry(const std::string& bytes) {
  return {bytes, -1.0F, {}};
}

TEST(completion_text, a_token_reports_its_logprob_with_its_last_byte) {
  completion_text text({});
  const auto first = text.push("\xE2\x82", entry("\xE2\x82"));
  EXPECT_EQ(first.text, "");
  EXPECT_TRUE(first.logprobs.empty());
  const auto second = text.push("\xAC!", entry("\xAC!"));
  EXPECT_EQ(second.text, "\xE2\x82\xAC!");
  ASSERT_EQ(second.logprobs.size(), 2U);
  EXPECT_EQ(second.logprobs[0].bytes, "\xE2\x82");
}

TEST(completion_text, tokens_of_a_stop_string_are_never_reported) {
  completion_text text({"END"});
  EXPECT_EQ(text.push("a E", entry("a E")).text, "a ");
  const auto held = text.push("N", entry("N"));
  EXPECT_EQ(held.text, "");
  EXPECT_TRUE(held.logprobs.empty());
  const auto stop = text.push("D tail", entry("D tail"));
  EXPECT_TRUE(stop.stopped);
  EXPECT_EQ(stop.text, "");
  EXPECT_TRUE(stop.logprobs.empty());
}

TEST(completion_text, finishing_shows_what_was_held_for_a_stop) {
  completion_text text({"END"});
  EXPECT_EQ(text.push("the EN", entry("the EN")).text, "the ");
  const auto rest = text.finish();
  EXPECT_EQ(rest.text, "EN");
  EXPECT_EQ(rest.logprobs.size(), 1U);
}

TEST(completion_text, finishing_drops_half_a_character) {
  completion_text text({});
  EXPECT_EQ(text.push("ok\xF0\x9F", std::nullopt).text, "ok");
  EXPECT_EQ(text.finish().text, "");
}

} // namespace
} // namespace inferenceflow::engine
