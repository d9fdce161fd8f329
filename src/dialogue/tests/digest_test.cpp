#include "dialogue/digest.h"

#include <functional>
#include <gtest/gtest.h>
#include <vector>

namespace inferenceflow::dialogue {
namespace {

request plain() {
  request asked;
  asked.model = "m";
  asked.messages = {{.who = role::user, .parts = {text_part{.text = "hello"}, media_part{.data_base64 = "AA=="}}}};
  asked.tools = {{.name = "f", .parameters = "{}"}};
  return asked;
}

TEST(digest, every_field_that_matters_makes_a_difference) {
  const std::vector<std::function<void(request&)>> changes = {
      [](request& r) { r.model = "n"; },
      [](request& r) { r.messages[0].who = role::system; },
      [](request& r) { std::get<text_part>(r.messages[0].parts[0]).text = "hellO"; },
      [](request& r) { std::get<media_part>(r.messages[0].parts[1]).data_base64 = "BB=="; },
      [](request& r) { r.messages.push_back({.who = role::user}); },
      [](request& r) { r.messages[0].parts.emplace_back(tool_result_part{.call_id = "c", .failed = true}); },
      [](request& r) { r.messages[0].parts.emplace_back(tool_result_part{.call_id = "c"}); },
      [](request& r) { r.tools[0].description = "d"; },
      [](request& r) { r.choice.mode = tool_mode::required; },
      [](request& r) { r.format.kind = format_kind::json; },
      [](request& r) {
        r.stop = {"a", "b"};
      },
      [](request& r) { r.stop = {"ab"}; },
      [](request& r) { r.sample.temperature = 0; },
      [](request& r) { r.sample.top_p = 0; },
      [](request& r) { r.sample.seed = 0; },
      [](request& r) { r.tokens_max = 1; },
      [](request& r) { r.answers = 2; },
      [](request& r) { r.reasoning.level = effort::low; },
      [](request& r) { r.extras = {{.name = "x", .json = "1"}}; },
  };
  std::vector<std::pair<std::uint64_t, std::uint64_t>> seen{
      digest(plain(), protocol::gemini, 1), digest(plain(), protocol::cohere, 1), digest(plain(), protocol::gemini, 2)};
  for (const auto& change : changes) {
    request other = plain();
    change(other);
    seen.push_back(digest(other, protocol::gemini, 1));
  }
  for (std::size_t i = 0; i < seen.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      EXPECT_NE(seen[i], seen[j]) << i << " and " << j;
    }
  }
}

TEST(digest, what_does_not_change_the_answer_makes_none) {
  request other = plain();
  other.stream = true;
  other.user = "u";
  other.service_tier = "flex";
  other.cache_key = "k";
  std::get<text_part>(other.messages[0].parts[0]).cache_mark = cache_life::hour_1;
  EXPECT_EQ(digest(other, protocol::gemini, 1), digest(plain(), protocol::gemini, 1));
}

TEST(digest, counts_the_text_of_a_prompt) {
  EXPECT_EQ(prompt_text_bytes(plain()), 5U + 1U + 2U);
}

} // namespace
} // namespace inferenceflow::dialogue
