#include "pipeline/conversation.h"
#include "pipeline/question.h"

#include <gtest/gtest.h>

namespace inferenceflow::pipeline {
namespace {

using dialogue::role;

dialogue::message said(role who, std::string text) {
  return {.who = who, .parts = {dialogue::text_part{.text = std::move(text)}}};
}

dialogue::request talk(std::vector<dialogue::message> messages) {
  dialogue::request read;
  read.messages = std::move(messages);
  return read;
}

TEST(question, is_the_last_users_turn_in_front_of_what_was_said) {
  const auto asked = question_of(request{}, talk({said(role::system, "s"), said(role::user, "first"),
                                                  said(role::assistant, "answer"), said(role::user, "last")}));
  EXPECT_EQ(asked.text, "last");
  EXPECT_EQ(asked.turns, 2U);
  EXPECT_NE(asked.context.find("first"), std::string::npos);
  EXPECT_EQ(asked.context.find("last"), std::string::npos);
}

TEST(question, keeps_a_bounded_part_of_what_was_said) {
  const std::string much(k_context_bytes_max, 'x');
  const auto asked = question_of(
      request{}, talk({said(role::user, much), said(role::assistant, much + "end"), said(role::user, "last")}));
  EXPECT_EQ(asked.context.size(), k_context_bytes_max);
}

TEST(question, with_a_tools_result_is_a_loop_wherever_the_result_stands) {
  EXPECT_FALSE(question_of(request{}, talk({said(role::user, "x")})).tool_loop);
  EXPECT_TRUE(question_of(request{}, talk({said(role::user, "x"), {.who = role::tool}})).tool_loop);
  EXPECT_TRUE(
      question_of(request{}, talk({said(role::user, "x"), {.parts = {dialogue::tool_result_part{}}}})).tool_loop);
}

TEST(question, says_what_it_wants_of_a_model) {
  request asked;
  asked.facts.prompt_text_bytes = 4'000;
  dialogue::request read = talk({said(role::user, "x")});
  read.tokens_max = 7;
  const auto plain = question_of(asked, read);
  EXPECT_EQ(plain.wishes.output_tokens_max, 7);
  EXPECT_EQ(plain.prompt().prompt_tokens, 1'000U);
  EXPECT_FALSE(plain.prompt().json || plain.wishes.json_schema || plain.wishes.reasoning || plain.wishes.tools);
  read.format.kind = dialogue::format_kind::json;
  EXPECT_TRUE(question_of(asked, read).prompt().json);
  EXPECT_FALSE(question_of(asked, read).wishes.json_schema);
  read.format.kind = dialogue::format_kind::json_schema;
  EXPECT_TRUE(question_of(asked, read).prompt().json);
  EXPECT_TRUE(question_of(asked, read).wishes.json_schema);
  read.reasoning.budget_tokens = 0;
  EXPECT_FALSE(question_of(asked, read).wishes.reasoning);
  read.reasoning.budget_tokens = 1'024;
  EXPECT_TRUE(question_of(asked, read).wishes.reasoning);
  read.reasoning = {.level = dialogue::effort::none};
  EXPECT_FALSE(question_of(asked, read).wishes.reasoning);
}

TEST(conversation, is_known_by_its_beginning_and_whose_it_is) {
  const auto begun = talk({said(role::system, "s"), said(role::user, "first")});
  const auto later = talk({said(role::system, "s"), said(role::user, "first"), said(role::assistant, "answer"),
                           said(role::user, "second")});
  EXPECT_EQ(conversation_of(begun, "a"), conversation_of(later, "a"));
  EXPECT_NE(conversation_of(begun, "a"), conversation_of(begun, "b"));
  EXPECT_NE(conversation_of(begun, "a"),
            conversation_of(talk({said(role::system, "s"), said(role::user, "other")}), "a"));
  auto with_tools = begun;
  with_tools.tools.push_back({.name = "f"});
  EXPECT_NE(conversation_of(begun, "a"), conversation_of(with_tools, "a"));
}

} // namespace
} // namespace inferenceflow::pipeline
