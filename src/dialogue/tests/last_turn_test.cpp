#include "dialogue/digest.h"
#include "dialogue/last_turn.h"

#include <functional>
#include <gtest/gtest.h>
#include <utility>
#include <vector>

namespace inferenceflow::dialogue {
namespace {

using turn::unsuited;
using scope = std::pair<std::uint64_t, std::uint64_t>;

constexpr protocol k_spoken = protocol::anthropic;

message said(role who, std::string text) {
  return {.who = who, .parts = {text_part{.text = std::move(text)}}};
}

request asked(std::string last = "question") {
  request made;
  made.model = "m";
  made.messages = {said(role::system, "be brief"), said(role::user, "hello"), said(role::assistant, "hi"),
                   said(role::user, std::move(last))};
  return made;
}

unsuited why_not(const request& of) {
  const turn::cut got = split_last_turn(of, k_spoken, 1);
  EXPECT_EQ(got.turn.has_value(), got.why == unsuited::none);
  return got.why;
}

scope scope_of(const request& of, protocol spoken = k_spoken, std::uint64_t seed = 1) {
  const turn::cut got = split_last_turn(of, spoken, seed);
  EXPECT_TRUE(got.turn.has_value()) << to_string(got.why);
  return got.turn ? scope{got.turn->scope_high, got.turn->scope_low} : scope{};
}

TEST(last_turn, gives_the_text_of_the_last_message) {
  EXPECT_EQ(split_last_turn(asked(), k_spoken, 1).turn.value_or(turn::last_turn{}).text, "question");
  request parts = asked("one");
  parts.messages.back().parts.emplace_back(text_part{.text = "two"});
  EXPECT_EQ(split_last_turn(parts, k_spoken, 1).turn.value_or(turn::last_turn{}).text, "one\n\x1e\ntwo");
}

TEST(last_turn, only_the_text_may_change_within_a_scope) {
  EXPECT_EQ(scope_of(asked("a")), scope_of(asked(std::string(5000, 'b'))));
}

TEST(last_turn, what_digest_leaves_out_is_left_out) {
  request other = asked();
  other.stream = true;
  other.usage_in_stream = false;
  other.user = "u";
  other.service_tier = "flex";
  other.cache_key = "k";
  std::get<text_part>(other.messages[0].parts[0]).cache_mark = cache_life::hour_1;
  std::get<text_part>(other.messages[3].parts[0]).cache_mark = cache_life::hour_1;
  EXPECT_EQ(scope_of(other), scope_of(asked()));
}

TEST(last_turn, everything_else_makes_another_scope) {
  const std::vector<std::function<void(request&)>> changes{
      [](request&) {},
      [](request& r) { r.model = "n"; },
      [](request& r) { r.messages[0] = said(role::system, "be long"); },
      [](request& r) { r.messages[1] = said(role::user, "good day"); },
      [](request& r) { r.messages[2] = said(role::assistant, "good day"); },
      [](request& r) { r.messages.erase(r.messages.begin()); },
      [](request& r) { std::swap(r.messages[0], r.messages[1]); },
      [](request& r) { r.messages[3].name = "n"; },
      [](request& r) { r.messages[3].parts.emplace_back(text_part{.text = "more"}); },
      [](request& r) { std::get<text_part>(r.messages[3].parts[0]).signature = "s"; },
      [](request& r) { r.tools.push_back({.name = "f"}); },
      [](request& r) { r.tools.push_back({.name = "g"}); },
      [](request& r) { r.choice.mode = tool_mode::required; },
      [](request& r) { r.format.kind = format_kind::json; },
      [](request& r) { r.format.schema = "{}"; },
      [](request& r) { r.stop = {"x"}; },
      [](request& r) { r.sample.temperature = 0; },
      [](request& r) { r.sample.temperature = 1; },
      [](request& r) { r.sample.top_k = 5; },
      [](request& r) { r.sample.seed = 5; },
      [](request& r) { r.tokens_max = 5; },
      [](request& r) { r.reasoning.level = effort::high; },
      [](request& r) { r.extras.push_back({.name = "unheard_of", .json = "1"}); },
      [](request& r) { r.messages[1].parts.emplace_back(media_part{.url = "u"}); },
  };
  std::vector<scope> seen{scope_of(asked(), protocol::gemini), scope_of(asked(), k_spoken, 2)};
  for (const auto& change : changes) {
    request made = asked();
    change(made);
    seen.push_back(scope_of(made));
  }
  for (std::size_t i = 0; i < seen.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      EXPECT_NE(seen[i], seen[j]) << i << " and " << j;
    }
  }
}

TEST(last_turn, is_not_cut_where_it_is_not_text_of_the_user) {
  request none = asked();
  none.messages.clear();
  EXPECT_EQ(why_not(none), unsuited::not_user);
  for (const role who : {role::assistant, role::system}) {
    request other = asked();
    other.messages.back().who = who;
    EXPECT_EQ(why_not(other), unsuited::not_user);
  }
  request tool = asked();
  tool.messages.push_back({.who = role::tool, .parts = {tool_result_part{.call_id = "1"}}});
  EXPECT_EQ(why_not(tool), unsuited::tool_result);
  request inside = asked();
  inside.messages.back().parts.emplace_back(tool_result_part{.call_id = "1"});
  EXPECT_EQ(why_not(inside), unsuited::tool_result);
  for (const part& odd : {part{media_part{.url = "u"}}, part{media_part{.kind = media_kind::document, .text = "t"}},
                          part{opaque_part{.json = "{}"}}}) {
    request media = asked();
    media.messages.back().parts.insert(media.messages.back().parts.begin(), odd);
    EXPECT_EQ(why_not(media), unsuited::not_text);
  }
}

TEST(last_turn, is_not_cut_where_it_says_nothing_or_too_much) {
  request empty = asked();
  empty.messages.back().parts.clear();
  EXPECT_EQ(why_not(empty), unsuited::blank);
  EXPECT_EQ(why_not(asked("")), unsuited::blank);
  EXPECT_EQ(why_not(asked(" \n\xC2\xA0")), unsuited::blank);
  EXPECT_EQ(why_not(asked(std::string(turn::k_turn_bytes_max, 'x'))), unsuited::none);
  EXPECT_EQ(why_not(asked(std::string(turn::k_turn_bytes_max + 1, 'x'))), unsuited::too_long);
  request marked = asked("a\x1e");
  EXPECT_EQ(why_not(marked), unsuited::none);
  marked.messages.back().parts.emplace_back(text_part{.text = "b"});
  EXPECT_EQ(why_not(marked), unsuited::separator);
}

TEST(last_turn, is_not_cut_where_more_than_one_text_is_asked_for) {
  request several = asked();
  several.answers = 2;
  EXPECT_EQ(why_not(several), unsuited::several_choices);
  request probed = asked();
  probed.logprobs = true;
  EXPECT_EQ(why_not(probed), unsuited::logprobs);
  probed = asked();
  probed.top_logprobs = 1;
  EXPECT_EQ(why_not(probed), unsuited::logprobs);
  const auto with = [](std::string name, std::string json) {
    request made = asked();
    made.extras.push_back({.name = std::move(name), .json = std::move(json)});
    return why_not(made);
  };
  for (const char* name : {"previous_response_id", "conversation", "background", "store", "prompt", "container"}) {
    EXPECT_EQ(with(name, "\"x\""), unsuited::server_state) << name;
    EXPECT_EQ(with(name, "false"), unsuited::none) << name;
  }
  EXPECT_EQ(with("prediction", "{}"), unsuited::prediction);
  EXPECT_EQ(with("audio", "{}"), unsuited::other_output);
  EXPECT_EQ(with("generationConfig.responseModalities", R"(["TEXT","IMAGE"])"), unsuited::other_output);
  EXPECT_EQ(with("generationConfig.responseModalities", R"(["TEXT"])"), unsuited::none);
}

TEST(last_turn, a_scope_is_never_the_hash_of_a_request) {
  EXPECT_NE(scope_of(asked()), digest(asked(), k_spoken, 1));
}

} // namespace
} // namespace inferenceflow::dialogue
