#include "dialogue/assembly.h"
#include "dialogue/order_check.h"

#include <gtest/gtest.h>
#include <vector>

namespace inferenceflow::dialogue {
namespace {

answer rich_answer() {
  choice first;
  first.parts = {
      reasoning_part{.text = "hm", .signature = "c2ln", .origin = protocol::anthropic},
      text_part{.text = "Hello", .citations = {{.quote = "Hell", .source_index = 2}}, .signature = "dHM="},
      tool_call_part{.id = "call_1", .name = "add", .arguments = R"({"a":1})"},
      tool_call_part{.id = "call_2", .name = "now", .arguments = "{}", .signature = "c2k="},
      opaque_part{.origin = protocol::anthropic, .type = "server_tool_use", .json = "{}"},
      media_part{.media_type = "image/png", .data_base64 = "AAAA"},
  };
  first.reason = finish::tool_calls;
  first.logprobs = {{.token = "Hello", .logprob = -0.5, .top = {{"Hello", -0.5}, {"Hi", -1.0}}}};
  choice second;
  second.parts = {refusal_part{.text = "No."}};
  second.reason = finish::stop_sequence;
  second.stop_sequence = "END";
  return {.id = "a1",
          .model = "m",
          .created_s = 7,
          .choices = {first, second},
          .usage = cost::token_usage{.fresh_input = 3, .output = 4}};
}

TEST(assembly, puts_together_what_was_replayed) {
  assembly whole;
  order_check order;
  const answer sent = rich_answer();
  replay(sent, [&](const event& happened) {
    order.take(happened);
    whole.take(happened);
  });
  EXPECT_EQ(order.fault(), "");
  EXPECT_TRUE(order.closed());
  EXPECT_TRUE(whole.ended());
  EXPECT_FALSE(whole.failure().has_value());
  EXPECT_EQ(whole.so_far(), sent);
}

TEST(assembly, a_call_without_arguments_takes_none) {
  assembly whole;
  whole.take({.kind = event_kind::part_begin, .opened = part_kind::tool_call, .id = "c", .name = "f"});
  whole.take({.kind = event_kind::part_end});
  EXPECT_EQ(std::get<tool_call_part>(whole.so_far().choices.at(0).parts.at(0)).arguments, "{}");
}

TEST(assembly, keeps_what_came_before_a_failure) {
  assembly whole;
  const error why = make_error(error_kind::upstream_failed, "broke");
  whole.take({.kind = event_kind::part_begin});
  whole.take({.kind = event_kind::text, .text = "half"});
  whole.take({.kind = event_kind::failure, .why = &why});
  EXPECT_EQ(whole.failure()->message, "broke");
  EXPECT_FALSE(whole.ended());
  EXPECT_EQ(std::get<text_part>(whole.so_far().choices.at(0).parts.at(0)).text, "half");
}

TEST(order_check, notices_what_is_out_of_order) {
  const std::vector<std::vector<event>> wrong = {
      {{.kind = event_kind::part_begin}},
      {{.kind = event_kind::begin}, {.kind = event_kind::begin}},
      {{.kind = event_kind::begin}, {.kind = event_kind::text}},
      {{.kind = event_kind::begin}, {.kind = event_kind::part_begin}, {.kind = event_kind::part_begin, .part = 1}},
      {{.kind = event_kind::begin}, {.kind = event_kind::part_begin}, {.kind = event_kind::arguments}},
      {{.kind = event_kind::begin}, {.kind = event_kind::part_begin}, {.kind = event_kind::finish}},
      {{.kind = event_kind::begin}, {.kind = event_kind::part_begin, .part = 1}},
      {{.kind = event_kind::begin}, {.kind = event_kind::finish}, {.kind = event_kind::part_begin}},
      {{.kind = event_kind::begin}, {.kind = event_kind::part_begin}, {.kind = event_kind::end}},
      {{.kind = event_kind::begin}, {.kind = event_kind::end}, {.kind = event_kind::end}},
      {{.kind = event_kind::begin}, {.kind = event_kind::failure}},
  };
  for (std::size_t i = 0; i < wrong.size(); ++i) {
    order_check order;
    for (const event& happened : wrong[i]) {
      order.take(happened);
    }
    EXPECT_NE(order.fault(), "") << i;
  }
}

TEST(assembly, survives_an_absurd_choice_and_deltas_without_a_part) {
  assembly whole;
  whole.take({.kind = event_kind::text, .choice = 4'000'000'000U, .text = "x"});
  whole.take({.kind = event_kind::signature, .text = "x"});
  whole.take({.kind = event_kind::arguments, .choice = 1, .text = "x"});
  EXPECT_LE(whole.so_far().choices.size(), 128U);
}

} // namespace
} // namespace inferenceflow::dialogue
