// Bedrock's stream: any bytes in any cut keep the events' order, end in exactly one `end` or `failure` and give the
// same answer; what was read of texts, calls and reasoning is written and read back. With the first byte odd the rest
// is lines of "<event type> <payload>", put into frames here: checksums would keep a fuzzer out of the reader.
#include "codecs/bedrock/codec.h"
#include "codecs/bedrock/event_stream.h"
#include "stream_reading.h"

#include <algorithm>
#include <array>
#include <string>

namespace {

namespace bedrock = inferenceflow::codecs::bedrock;
namespace dialogue = inferenceflow::dialogue;
namespace fuzz = inferenceflow::fuzz;

std::string framed(std::string_view lines) {
  std::string bytes;
  while (!lines.empty()) {
    const std::string_view line = lines.substr(0, lines.find('\n'));
    lines.remove_prefix(std::min(line.size() + 1, lines.size()));
    const std::string_view type = line.substr(0, line.find(' '));
    const std::string_view payload = line.substr(std::min(type.size() + 1, line.size()));
    const bool exception = type.ends_with("Exception");
    const std::array<bedrock::stream_header, 2> headers{
        {{exception ? ":exception-type" : ":event-type", type}, {":message-type", exception ? "exception" : "event"}}};
    bedrock::append_message(bytes, headers, payload);
  }
  return bytes;
}

bool is_plain(const dialogue::part& one) {
  const auto* words = std::get_if<dialogue::text_part>(&one);
  return (words != nullptr && words->citations.empty()) || std::holds_alternative<dialogue::tool_call_part>(one) ||
         std::holds_alternative<dialogue::reasoning_part>(one);
}

void check_written(const dialogue::answer& got) {
  const auto again = fuzz::read_stream(bedrock::codec{}, fuzz::streamed(got, bedrock::codec{}), 0);
  fuzz::require(again.ended, "what is written is a whole stream");
  const auto& parts = got.choices.at(0).parts;
  if (std::all_of(parts.begin(), parts.end(), is_plain)) {
    fuzz::require(again.got.choices.at(0).parts == parts, "what is written is read back");
  }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) {
    return 0;
  }
  const std::string_view input = fuzz::view_of(data + 1, size - 1);
  const std::string bytes = (data[0] & 1U) != 0 ? framed(input) : std::string{input};
  const auto whole = fuzz::read_any_cut(bedrock::codec{}, bytes);
  if (whole.ended) {
    check_written(whole.got);
  }
  return 0;
}
