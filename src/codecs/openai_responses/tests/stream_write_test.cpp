#include "codecs/openai_responses/codec.h"
#include "dialogue/assembly.h"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <string>
#include <vector>

namespace inferenceflow::codecs::openai_responses {
namespace {

namespace json = boost::json;
using dialogue::event_kind;
using dialogue::part_kind;
using testing::ElementsAre;

/// The events of `stream`; each is named alike in its event line and in its data, and numbered.
std::vector<json::object> events_of(std::string_view stream) {
  std::vector<json::object> events;
  while (!stream.empty()) {
    const std::string_view block = stream.substr(0, stream.find("\n\n"));
    const std::size_t data = block.find("\ndata: ");
    EXPECT_EQ(block.substr(0, 7), "event: ");
    events.push_back(json::parse({block.data() + data + 7, block.size() - data - 7}).as_object());
    EXPECT_EQ(events.back()["type"].as_string(), json::string_view(block.data() + 7, data - 7));
    EXPECT_EQ(events.back()["sequence_number"].as_int64(), static_cast<std::int64_t>(events.size() - 1));
    stream.remove_prefix(block.size() + 2);
  }
  return events;
}

std::vector<std::string> types_of(const std::vector<json::object>& events) {
  std::vector<std::string> types;
  types.reserve(events.size());
  for (const json::object& one : events) {
    types.emplace_back(one.at("type").as_string());
  }
  return types;
}

std::string played(const dialogue::answer& got) {
  std::string bytes;
  const auto writer = codec{}.make_writer({.model = "alias", .created_s = 9});
  dialogue::replay(got, [&](const dialogue::event& happened) { writer->write(happened, bytes); });
  return bytes;
}

dialogue::answer one(std::vector<dialogue::part> parts) {
  dialogue::answer made{.id = "resp_1", .model = "m"};
  made.choices = {{.parts = std::move(parts), .reason = dialogue::finish::stop}};
  return made;
}

TEST(openai_responses_stream_write, brackets_a_text) {
  const auto events = events_of(played(one({dialogue::text_part{.text = "Hi", .citations = {{.url = "u"}}}})));
  EXPECT_THAT(types_of(events),
              ElementsAre("response.created", "response.in_progress", "response.output_item.added",
                          "response.content_part.added", "response.output_text.delta",
                          "response.output_text.annotation.added", "response.output_text.done",
                          "response.content_part.done", "response.output_item.done", "response.completed"));
  EXPECT_EQ(events[0].at("response").at("model").as_string(), "alias");
  EXPECT_EQ(events[0].at("response").at("created_at").as_int64(), 9);
  EXPECT_EQ(events[4].at("delta").as_string(), "Hi");
  EXPECT_TRUE(events[4].at("logprobs").as_array().empty());
  EXPECT_EQ(events[8].at("item"), events[9].at("response").at("output").at(0));
  for (std::size_t i = 3; i < 8; ++i) {
    EXPECT_EQ(events[i].at("item_id"), events[2].at("item").at("id")) << i;
    EXPECT_EQ(events[i].at("output_index").as_int64(), 0) << i;
    EXPECT_EQ(events[i].at("content_index").as_int64(), 0) << i;
  }
}

TEST(openai_responses_stream_write, numbers_items_and_contents) {
  const auto events = events_of(played(
      one({dialogue::reasoning_part{.text = "hm", .summary = true}, dialogue::text_part{.text = "a"},
           dialogue::refusal_part{.text = "b"}, dialogue::tool_call_part{.id = "c", .name = "f", .arguments = ""},
           dialogue::tool_call_part{.id = "d", .name = "g", .arguments = "x", .custom = true}})));
  EXPECT_THAT(types_of(events),
              ElementsAre("response.created", "response.in_progress", "response.output_item.added",
                          "response.reasoning_summary_part.added", "response.reasoning_summary_text.delta",
                          "response.reasoning_summary_text.done", "response.reasoning_summary_part.done",
                          "response.output_item.done", "response.output_item.added", "response.content_part.added",
                          "response.output_text.delta", "response.output_text.done", "response.content_part.done",
                          "response.content_part.added", "response.refusal.delta", "response.refusal.done",
                          "response.content_part.done", "response.output_item.done", "response.output_item.added",
                          "response.function_call_arguments.delta", "response.function_call_arguments.done",
                          "response.output_item.done", "response.output_item.added",
                          "response.custom_tool_call_input.delta", "response.custom_tool_call_input.done",
                          "response.output_item.done", "response.completed"));
  EXPECT_EQ(events[14].at("content_index").as_int64(), 1);
  EXPECT_EQ(events[14].at("output_index").as_int64(), 1);
  EXPECT_EQ(events[19].at("delta").as_string(), "{}") << "a call without arguments takes none";
  EXPECT_EQ(events[23].at("output_index").as_int64(), 3);
  EXPECT_EQ(events.back().at("response").at("output").as_array().size(), 4U);
}

TEST(openai_responses_stream_write, leaves_out_reasoning_of_which_nothing_is_left) {
  const auto events =
      events_of(played(one({dialogue::reasoning_part{.redacted = "eA==", .origin = dialogue::protocol::anthropic}})));
  EXPECT_THAT(types_of(events), ElementsAre("response.created", "response.in_progress", "response.completed"));
}

TEST(openai_responses_stream_write, says_how_it_ended) {
  dialogue::answer got = one({dialogue::text_part{.text = "x"}});
  got.choices[0].reason = dialogue::finish::length;
  auto events = events_of(played(got));
  EXPECT_EQ(events.back().at("type").as_string(), "response.incomplete");
  EXPECT_EQ(events.back().at("response").at("incomplete_details").at("reason").as_string(), "max_output_tokens");
  got.choices[0].reason = dialogue::finish::failed;
  events = events_of(played(got));
  EXPECT_EQ(events.back().at("type").as_string(), "response.failed");
  EXPECT_EQ(events.back().at("response").at("error").at("code").as_string(), "server_error");
}

TEST(openai_responses_stream_write, tells_a_failure_once_and_stops) {
  const auto writer = codec{}.make_writer({});
  std::string bytes;
  writer->write({.kind = event_kind::begin, .id = "r"}, bytes);
  writer->write({.kind = event_kind::part_begin, .opened = part_kind::text}, bytes);
  writer->write({.kind = event_kind::text, .text = "half"}, bytes);
  const error why = make_error(error_kind::rate_limited, "Slow \"down\".");
  writer->write({.kind = event_kind::failure, .why = &why}, bytes);
  const std::size_t size = bytes.size();
  writer->write({.kind = event_kind::end}, bytes);
  EXPECT_EQ(bytes.size(), size);
  const auto events = events_of(bytes);
  ASSERT_EQ(events.size(), 7U);
  EXPECT_EQ(events[5].at("type").as_string(), "error");
  EXPECT_EQ(events[5].at("message").as_string(), "Slow \"down\".");
  EXPECT_EQ(events[5].at("code"), events[5].at("error").at("code"));
  EXPECT_EQ(events[6].at("type").as_string(), "response.failed");
  EXPECT_EQ(events[6].at("response").at("error").at("code").as_string(), "rate_limit_exceeded");
}

TEST(openai_responses_stream_write, fails_before_it_began) {
  const auto writer = codec{}.make_writer({});
  std::string bytes;
  const error why = make_error(error_kind::upstream_failed, "gone");
  writer->write({.kind = event_kind::failure, .why = &why}, bytes);
  EXPECT_THAT(types_of(events_of(bytes)), ElementsAre("error"));
}

TEST(openai_responses_stream_write, gives_items_of_two_answers_different_ids) {
  dialogue::answer first = one({dialogue::text_part{.text = "x"}});
  dialogue::answer second = first;
  second.id = "msg_01";
  EXPECT_NE(events_of(played(first))[2].at("item").at("id"), events_of(played(second))[2].at("item").at("id"));
}

} // namespace
} // namespace inferenceflow::codecs::openai_responses
