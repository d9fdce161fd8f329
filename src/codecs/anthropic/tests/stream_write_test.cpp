#include "codecs/anthropic/codec.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <string>

namespace inferenceflow::codecs::anthropic {
namespace {

using dialogue::event;
using dialogue::event_kind;
using dialogue::part_kind;
using dialogue::protocol;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

struct written {
  std::string bytes;
  std::vector<std::string> losses;
};

written write(std::initializer_list<event> events) {
  const auto writer = codec{}.make_writer({.model = "alias"});
  written made;
  for (const event& happened : events) {
    writer->write(happened, made.bytes);
  }
  made.losses = writer->losses();
  return made;
}

TEST(stream_write, frames_a_plain_answer) {
  const cost::token_usage tokens{.fresh_input = 3, .output = 2};
  const written made = write({{.kind = event_kind::begin, .id = "m1", .name = "backend"},
                              {.kind = event_kind::part_begin, .opened = part_kind::text},
                              {.kind = event_kind::text, .text = "Hi\n"},
                              {.kind = event_kind::part_end},
                              {.kind = event_kind::finish, .reason = dialogue::finish::stop},
                              {.kind = event_kind::usage, .tokens = &tokens},
                              {.kind = event_kind::end}});
  EXPECT_EQ(made.bytes,
            R"(event: message_start
data: {"type":"message_start","message":{"id":"m1","type":"message","role":"assistant","model":"alias","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":0,"cache_creation_input_tokens":0,"cache_read_input_tokens":0,"output_tokens":0}}}

event: content_block_start
data: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}

event: content_block_delta
data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hi\n"}}

event: content_block_stop
data: {"type":"content_block_stop","index":0}

event: message_delta
data: {"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"input_tokens":3,"cache_creation_input_tokens":0,"cache_read_input_tokens":0,"output_tokens":2}}

event: message_stop
data: {"type":"message_stop"}

)");
  EXPECT_THAT(made.losses, IsEmpty());
}

TEST(stream_write, wraps_free_text_of_a_custom_tool) {
  const written made =
      write({{.kind = event_kind::begin},
             {.kind = event_kind::part_begin, .opened = part_kind::tool_call, .id = "c", .name = "f", .custom = true},
             {.kind = event_kind::arguments, .text = "say \""},
             {.kind = event_kind::arguments, .text = "hi\""},
             {.kind = event_kind::part_end}});
  const auto reader = codec{}.make_reader(4096);
  std::string arguments;
  reader->push(made.bytes, [&](const event& happened) {
    arguments += happened.kind == event_kind::arguments ? happened.text : std::string_view{};
  });
  EXPECT_EQ(arguments, R"({"input":"say \"hi\""})");
  EXPECT_THAT(made.losses, ElementsAre("custom"));
}

TEST(stream_write, leaves_out_what_others_sign) {
  const written made =
      write({{.kind = event_kind::begin},
             {.kind = event_kind::part_begin, .opened = part_kind::reasoning},
             {.kind = event_kind::reasoning, .text = "hm"},
             {.kind = event_kind::signature, .text = "c2ln", .origin = protocol::gemini},
             {.kind = event_kind::part_end},
             {.kind = event_kind::part_begin, .part = 1, .opened = part_kind::reasoning},
             {.kind = event_kind::redacted, .part = 1, .text = "ZW5j", .origin = protocol::openai_responses},
             {.kind = event_kind::part_end, .part = 1},
             {.kind = event_kind::part_begin, .part = 2, .opened = part_kind::media, .text = "AAAA"},
             {.kind = event_kind::part_end, .part = 2},
             {.kind = event_kind::part_begin, .choice = 1, .opened = part_kind::text},
             {.kind = event_kind::part_begin,
              .part = 3,
              .opened = part_kind::opaque,
              .text = "{}",
              .origin = protocol::gemini},
             {.kind = event_kind::part_end, .part = 3},
             {.kind = event_kind::part_begin, .part = 4, .opened = part_kind::text},
             {.kind = event_kind::text, .part = 4, .text = "Hi"},
             {.kind = event_kind::part_end, .part = 4}});
  EXPECT_THAT(made.bytes, HasSubstr(R"("index":0,"delta":{"type":"thinking_delta","thinking":"hm"})"));
  EXPECT_THAT(made.bytes, HasSubstr(R"("index":1,"delta":{"type":"text_delta","text":"Hi"})"));
  EXPECT_THAT(made.losses, ElementsAre("signature", "redacted", "media", "choices", "opaque"));
}

TEST(stream_write, says_what_went_wrong_and_falls_silent) {
  const error why = make_error(error_kind::rate_limited, "slow down");
  const written made = write({{.kind = event_kind::failure, .why = &why}, {.kind = event_kind::end}});
  EXPECT_EQ(made.bytes, "event: error\n"
                        R"(data: {"type":"error","error":{"type":"rate_limit_error","message":"slow down"}})"
                        "\n\n");
}

} // namespace
} // namespace inferenceflow::codecs::anthropic
