#include "codecs/tests/translation_table.h"
#include "dialogue/answer_text.h"
#include "dialogue/assembly.h"

#include <gtest/gtest.h>

namespace inferenceflow::codecs::tests {
namespace {

using dialogue::answer;
using dialogue::finish;
using dialogue::text_part;

answer plain() {
  answer got{.id = "answer-1", .model = "asked", .created_s = 1'755'000'000};
  dialogue::choice said{.reason = finish::stop};
  said.parts.emplace_back(text_part{.text = "It is sunny: \"25 °C\".\nTruly."});
  got.choices.push_back(std::move(said));
  got.usage = cost::token_usage{.fresh_input = 100, .output = 20};
  return got;
}

std::string document_of(const dialogue::codec& speaks, const answer& got) {
  return speaks.write_answer(got, {.model = "m", .created_s = 1}).body;
}

std::string stream_of(const dialogue::codec& speaks, const answer& got) {
  std::string bytes;
  const auto writer = speaks.make_writer({.model = "m", .created_s = 1});
  dialogue::replay(got, [&](const dialogue::event& happened) { writer->write(happened, bytes); });
  return bytes;
}

/// Protocols that clients speak; TGI's codec writes no answers.
std::vector<column> spoken() {
  std::vector<column> all = columns();
  std::erase_if(all, [](const column& each) { return each.speaks->speaks() == dialogue::protocol::tgi; });
  return all;
}

TEST(answer_text, is_the_same_in_every_protocol_and_form) {
  for (const column& each : spoken()) {
    const std::string words = "It is sunny: \"25 °C\".\nTruly.";
    EXPECT_EQ(answer_text(*each.speaks, false, document_of(*each.speaks, plain())), words) << each.title;
    EXPECT_EQ(answer_text(*each.speaks, true, stream_of(*each.speaks, plain())), words) << each.title;
  }
}

TEST(answer_text, leaves_thoughts_out_and_joins_pieces) {
  answer got = plain();
  auto& parts = got.choices[0].parts;
  parts.insert(parts.begin(), dialogue::reasoning_part{.text = "hm", .summary = true});
  parts.emplace_back(text_part{.text = " And warm."});
  EXPECT_EQ(dialogue::answer_text(got), "It is sunny: \"25 °C\".\nTruly. And warm.");
  for (const column& each : spoken()) {
    const auto text = answer_text(*each.speaks, false, document_of(*each.speaks, got));
    ASSERT_TRUE(text.has_value()) << each.title;
    EXPECT_EQ(text->find("hm"), std::string::npos) << each.title;
  }
}

TEST(answer_text, there_is_none_where_it_would_not_be_the_whole_answer) {
  std::vector<answer> odd(6, plain());
  odd[0].choices.clear();
  odd[1].choices.push_back(odd[1].choices[0]);
  odd[2].choices[0].parts.emplace_back(dialogue::refusal_part{.text = "no"});
  odd[3].choices[0].parts.emplace_back(dialogue::media_part{.data_base64 = "AA=="});
  odd[4].choices[0].parts.emplace_back(dialogue::opaque_part{.type = "t", .json = "{}"});
  odd[5].choices[0].parts.clear();
  for (std::size_t at = 0; at < odd.size(); ++at) {
    EXPECT_EQ(dialogue::answer_text(odd[at]), std::nullopt) << at;
  }
  for (const finish reason : {finish::none, finish::length, finish::tool_calls, finish::content_filter, finish::refusal,
                              finish::paused, finish::failed, finish::other}) {
    answer got = plain();
    got.choices[0].reason = reason;
    EXPECT_EQ(dialogue::answer_text(got), std::nullopt) << to_string(reason);
  }
}

TEST(answer_text, calls_and_cut_answers_have_none_in_any_protocol) {
  answer call = plain();
  call.choices[0].parts.emplace_back(
      dialogue::tool_call_part{.id = "call_1", .name = "weather", .arguments = R"({"city":"Paris"})"});
  call.choices[0].reason = finish::tool_calls;
  answer cut = plain();
  cut.choices[0].reason = finish::length;
  for (const column& each : spoken()) {
    for (const answer& got : {call, cut}) {
      EXPECT_EQ(answer_text(*each.speaks, false, document_of(*each.speaks, got)), std::nullopt) << each.title;
      EXPECT_EQ(answer_text(*each.speaks, true, stream_of(*each.speaks, got)), std::nullopt) << each.title;
    }
  }
}

TEST(answer_text, damaged_bodies_have_none_or_all) {
  const std::string words = dialogue::answer_text(plain()).value_or("");
  for (const column& each : spoken()) {
    const std::string document = document_of(*each.speaks, plain());
    const std::string stream = stream_of(*each.speaks, plain());
    for (std::size_t size = 0; size < document.size(); ++size) {
      EXPECT_EQ(answer_text(*each.speaks, false, std::string_view{document}.substr(0, size)), std::nullopt)
          << each.title << " " << size;
    }
    const std::size_t said = stream.find("Truly.");
    ASSERT_NE(said, std::string::npos) << each.title;
    for (std::size_t size = 0; size < stream.size(); ++size) { // behind the finish reason nothing of it is missing
      const auto got = answer_text(*each.speaks, true, std::string_view{stream}.substr(0, size));
      EXPECT_TRUE(!got || (size > said && *got == words)) << each.title << " " << size;
    }
    EXPECT_EQ(answer_text(*each.speaks, false, stream), std::nullopt) << each.title;
  }
}

} // namespace
} // namespace inferenceflow::codecs::tests
