#include "codecs/gemini/tests/samples.h"

namespace inferenceflow::codecs::gemini {
namespace {

using namespace dialogue;

constexpr std::string_view k_stream =
    "data: {\"candidates\": [{\"content\": {\"parts\": [{\"text\": \"plan\",\"thought\": true}],\"role\": \"model\"},"
    "\"index\": 0}],\"usageMetadata\": {\"trafficType\": \"ON_DEMAND\"},\"modelVersion\": \"g\",\"responseId\": "
    "\"r\"}\r\n\r\n"
    "data: {\"candidates\": [{\"content\": {\"parts\": [{\"text\": \"ning\",\"thought\": true}]}}]}\r\n\r\n"
    "data: {\"candidates\": [{\"content\": {\"parts\": [{\"text\": \"Sun\"}]}}],"
    "\"usageMetadata\": {\"promptTokenCount\": 16,\"totalTokenCount\": 16}}\r\n\r\n"
    "data: {\"candidates\": [{\"content\": {\"parts\": [{\"text\": \"ny.\"}]}}]}\r\n\r\n"
    "data: {\"candidates\": [{\"content\": {\"parts\": [{\"text\": \"\",\"thoughtSignature\": \"c2ln\"}]},"
    "\"finishReason\": \"STOP\",\"groundingMetadata\": {\"groundingChunks\": [{\"web\": {\"uri\": \"u\"}}],"
    "\"groundingSupports\": [{\"segment\": {\"endIndex\": 6},\"groundingChunkIndices\": [0]}]}}],"
    "\"usageMetadata\": {\"promptTokenCount\": 16,\"candidatesTokenCount\": 3,\"thoughtsTokenCount\": 9,"
    "\"totalTokenCount\": 28}}\r\n\r\n";

answer expected() {
  return {.id = "r",
          .model = "g",
          .choices = {{.parts = {reasoning_part{.text = "planning", .summary = true},
                                 text_part{.text = "Sunny.",
                                           .citations = {{.url = "u", .begin = 0, .end = 6}},
                                           .signature = "c2ln"}},
                       .reason = finish::stop}},
          .usage = cost::token_usage{.fresh_input = 16, .output = 3, .reasoning = 9}};
}

/// The same events as one JSON array.
std::string as_array(std::string_view events) {
  std::string array = "[";
  for (std::size_t at = events.find("data: "); at != std::string_view::npos; at = events.find("data: ", at + 1)) {
    array += array.size() > 1 ? ",\r\n" : "";
    array += events.substr(at + 6, events.find("\r\n", at) - at - 6);
  }
  return array + "]\n";
}

TEST(gemini_stream, any_cut_of_either_form_gives_the_same_answer) {
  for (const std::string& bytes : {std::string{k_stream}, as_array(k_stream)}) {
    for (const std::size_t piece :
         {std::size_t{1}, std::size_t{2}, std::size_t{7}, std::size_t{100}, std::size_t{9999}}) {
      const streamed read = read_stream(bytes, piece);
      EXPECT_EQ(read.order_fault, "");
      EXPECT_FALSE(read.failure) << read.failure->message;
      EXPECT_EQ(read.got, expected()) << piece;
    }
  }
}

TEST(gemini_stream, the_last_blank_line_may_be_missing) {
  EXPECT_EQ(read_stream(k_stream.substr(0, k_stream.size() - 4)).got, expected());
  EXPECT_FALSE(read_stream(k_stream.substr(0, k_stream.size() - 4)).failure);
}

TEST(gemini_stream, calls_code_and_other_parts_close_what_is_open) {
  const streamed read = read_stream(
      "data: {\"responseId\": \"r\", \"candidates\": [{\"content\": {\"parts\": [{\"text\": \"a\"}, {\"text\": "
      "\"b\"}]}},"
      "{\"index\": 1, \"content\": {\"parts\": [{\"functionCall\": {\"name\": \"g\"}}]}, \"finishReason\": "
      "\"STOP\"}]}\n\n"
      "data: {\"candidates\": [{\"content\": {\"parts\": [{\"functionCall\": {\"name\": \"f\", \"args\": {\"x\": 1}},"
      "\"thoughtSignature\": \"cw==\"}]}, \"finishReason\": \"STOP\"}]}\n\n"
      "data: {\"candidates\": [{\"content\": {\"parts\": [{\"executableCode\": {\"code\": \"1\"}}, {\"text\": \"\"},"
      "{\"inlineData\": {\"mimeType\": \"image/png\", \"data\": \"AAAA\"}},"
      "{\"functionCall\": {\"name\": \"f\"}}]}, \"finishReason\": \"STOP\"}]}\n\n"
      "data: [DONE]\n\n");
  EXPECT_EQ(read.order_fault, "");
  ASSERT_FALSE(read.failure) << read.failure->message;
  ASSERT_EQ(read.got.choices.size(), 2U);
  const std::vector<part> parts = {
      text_part{.text = "a"},
      text_part{.text = "b"},
      tool_call_part{.id = "call_r_0", .name = "f", .arguments = R"({"x":1})", .signature = "cw=="},
      opaque_part{.origin = protocol::gemini, .type = "executableCode", .json = R"({"executableCode":{"code":"1"}})"},
      media_part{.media_type = "image/png", .data_base64 = "AAAA"},
      tool_call_part{.id = "call_r_1", .name = "f", .arguments = "{}"}};
  EXPECT_EQ(read.got.choices[0].parts, parts);
  EXPECT_EQ(read.got.choices[0].reason, finish::tool_calls);
  EXPECT_EQ(std::get<tool_call_part>(read.got.choices[1].parts.at(0)).id, "call_r_1_0");
}

TEST(gemini_stream, citations_after_a_call_keep_their_source) {
  const streamed read = read_stream(
      R"([{"candidates": [{"content": {"parts": [{"text": "a"}, {"functionCall": {"name": "f", "id": "1"}}]},
          "finishReason": "STOP", "groundingMetadata": {"groundingChunks": [{"web": {"uri": "u"}}],
          "groundingSupports": [{"segment": {"endIndex": 1}, "groundingChunkIndices": [0]}]}}]}])");
  ASSERT_EQ(read.got.choices.at(0).parts.size(), 3U);
  EXPECT_EQ(std::get<text_part>(read.got.choices[0].parts[2]), (text_part{.citations = {{.url = "u"}}}));
}

TEST(gemini_stream, a_refused_prompt_is_filtered) {
  const streamed read = read_stream("data: {\"promptFeedback\": {\"blockReason\": \"SAFETY\"}}\n\n");
  EXPECT_EQ(read.order_fault, "");
  EXPECT_FALSE(read.failure);
  EXPECT_EQ(read.got.choices, (std::vector<choice>{{.reason = finish::content_filter}}));
}

TEST(gemini_stream, what_is_no_whole_stream_ends_in_one_failure) {
  const std::string whole{k_stream};
  const std::string array = as_array(k_stream);
  const std::vector<std::string> broken = {
      "",
      "\r\n\r\n",
      whole.substr(0, whole.find("finishReason")),
      whole.substr(0, whole.rfind("data: ")),
      array.substr(0, array.size() - 2),
      array.substr(0, array.size() / 2),
      "[]",
      "[1]",
      "{}",
      "<html><body>502</body></html>",
      "data: {\"id\": \"1\", \"choices\": [{\"index\": 0}]}\n\n",
      "data: [1, 2]\n\n",
      "data: null\n\n",
      "data: {\"candidates\": [{\"content\": {\"parts\": [{\"text\": 7}]}}]}\n\n",
      "data: {\"candidates\": [{\"index\": 4000000000}]}\n\n",
      "data: {\"candidates\": \n\n",
  };
  for (const std::string& bytes : broken) {
    const streamed read = read_stream(bytes, 5);
    EXPECT_EQ(read.order_fault, "") << bytes;
    ASSERT_TRUE(read.failure) << bytes;
    EXPECT_EQ(read.failure->kind, error_kind::upstream_failed) << bytes;
  }
}

TEST(gemini_stream, an_error_inside_is_the_providers) {
  for (const std::string_view bytes :
       {"data: {\"error\": {\"code\": 503, \"message\": \"overloaded\", \"status\": \"UNAVAILABLE\"}}\n\n",
        "[{\"error\": {\"code\": 503, \"message\": \"overloaded\", \"status\": \"UNAVAILABLE\"}}]",
        "{\"error\": {\"code\": 503, \"message\": \"overloaded\", \"status\": \"UNAVAILABLE\"}}"}) {
    const streamed read = read_stream(bytes, 3);
    ASSERT_TRUE(read.failure);
    EXPECT_EQ(read.failure->kind, error_kind::unavailable);
    EXPECT_EQ(read.failure->message, "overloaded");
  }
}

TEST(gemini_stream, an_event_is_bounded) {
  const std::string large(2000, 'x');
  for (const std::string& bytes : {"data: {\"a\": \"" + large + "\"}\n\n", "[{\"a\": \"" + large + "\"}]"}) {
    const streamed read = read_stream(bytes, 100, 1000);
    ASSERT_TRUE(read.failure);
    EXPECT_EQ(read.failure->kind, error_kind::upstream_failed);
  }
}

TEST(gemini_stream, writes_what_googles_clients_read) {
  answer got;
  got.id = "r";
  got.model = "upstream";
  got.choices = {{.parts = {text_part{.text = "Hi"}}, .reason = finish::stop}};
  got.usage = cost::token_usage{.fresh_input = 1, .output = 2};
  EXPECT_EQ(
      write_stream(got, stream_form::events, {.model = "mine"}),
      "data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"Hi\"}],\"role\":\"model\"},\"index\":0}],"
      "\"modelVersion\":\"mine\",\"responseId\":\"r\"}\r\n\r\n"
      "data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"\"}],\"role\":\"model\"},\"finishReason\":\"STOP\","
      "\"index\":0}],\"usageMetadata\":{\"promptTokenCount\":1,\"candidatesTokenCount\":2,\"totalTokenCount\":3},"
      "\"modelVersion\":\"mine\",\"responseId\":\"r\"}\r\n\r\n");
}

TEST(gemini_stream, joins_the_pieces_of_a_call) {
  const auto writer = codec{}.make_writer({});
  std::string out;
  writer->write({.kind = event_kind::begin}, out);
  writer->write({.kind = event_kind::part_begin, .opened = part_kind::tool_call, .id = "c", .name = "f"}, out);
  writer->write({.kind = event_kind::arguments, .text = "{\"a\":"}, out);
  writer->write({.kind = event_kind::arguments, .text = "\n1}"}, out);
  EXPECT_EQ(out, "");
  writer->write({.kind = event_kind::part_end}, out);
  EXPECT_NE(out.find(R"({"functionCall":{"id":"c","name":"f","args":{"a":1}}})"), std::string::npos);
}

TEST(gemini_stream, adjacent_texts_share_their_offsets) {
  answer got;
  got.choices = {{.parts = {text_part{.text = "One. ", .citations = {{.url = "u1"}}},
                            text_part{.text = "Two.", .citations = {{.url = "u2", .begin = 0, .end = 3}}}},
                  .reason = finish::stop}};
  const streamed read = read_stream(write_stream(got));
  EXPECT_EQ(read.got.choices.at(0).parts,
            (std::vector<part>{
                text_part{.text = "One. Two.",
                          .citations = {{.url = "u1", .begin = 0, .end = 5}, {.url = "u2", .begin = 5, .end = 8}}}}));
}

TEST(gemini_stream, a_failure_is_the_last_thing_written) {
  const error why = make_error(error_kind::rate_limited, "slow down");
  for (const stream_form form : {stream_form::events, stream_form::array}) {
    const auto writer = codec::make_writer({}, form);
    std::string out;
    writer->write({.kind = event_kind::begin}, out);
    writer->write({.kind = event_kind::failure, .why = &why}, out);
    writer->write({.kind = event_kind::end}, out);
    const std::string document = R"({"error":{"code":429,"message":"slow down","status":"RESOURCE_EXHAUSTED"}})";
    EXPECT_EQ(out, form == stream_form::events ? "data: " + document + "\r\n\r\n" : "[" + document + "]");
    EXPECT_EQ(read_stream(out).failure->message, "slow down");
  }
}

} // namespace
} // namespace inferenceflow::codecs::gemini
