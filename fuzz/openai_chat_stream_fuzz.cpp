// The reader of a Chat Completions stream: any bytes in any cut keep the order of events, end in one `end` or `failure`
// and come to the same answer; an answer that was read, written as a stream again, is read as the same text and calls.
#include "codecs/openai_chat/codec.h"
#include "stream_reading.h"

#include <string>

namespace {

namespace chat = inferenceflow::codecs::openai_chat;
namespace dialogue = inferenceflow::dialogue;
namespace fuzz = inferenceflow::fuzz;

constexpr std::size_t k_event_bytes_max = std::size_t{1} << 16U;

/// What every form of an answer keeps: the words and calls, not how they were cut into parts.
std::string said(const dialogue::answer& of) {
  std::string all;
  for (const dialogue::choice& one : of.choices) {
    std::string text;
    std::string calls;
    for (const dialogue::part& each : one.parts) {
      if (const auto* words = std::get_if<dialogue::text_part>(&each)) {
        text += words->text;
      } else if (const auto* call = std::get_if<dialogue::tool_call_part>(&each)) {
        calls += call->id + '\n' + call->name + '\n' + call->arguments + '\n';
      }
    }
    all += text + '\0' + calls + '\0';
  }
  return all;
}

void check_written(const dialogue::answer& got) {
  const chat::codec spoken;
  const auto again = fuzz::read_stream(spoken, fuzz::streamed(got, spoken), 0, k_event_bytes_max);
  fuzz::require(said(again.got) == said(got), "a written stream says what was read");
  const auto document = spoken.read_answer(spoken.write_answer(got, {}).body);
  fuzz::require(document.has_value(), "a written document is an answer");
  fuzz::require(said(*document) == said(got), "a written document says what was read");
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes = fuzz::view_of(data, size);
  const chat::codec spoken;
  const auto whole = fuzz::read_stream(spoken, bytes, 0, k_event_bytes_max);
  const auto cut = fuzz::read_stream(spoken, bytes, fuzz::seed_of(bytes), k_event_bytes_max);
  fuzz::require(whole.ended == cut.ended, "any split ends alike");
  fuzz::require(whole.got == cut.got, "any split comes to the same answer");
  if (whole.ended && size < k_event_bytes_max / 16) { // rewritten, an event is larger than it came
    check_written(whole.got);
  }
  return 0;
}
