// Bedrock's stream: any bytes in any cut keep the events' order, end in exactly one `end` or `failure` and give the
// same answer; what was read of texts, calls and reasoning is written and read back. With the first byte odd the rest
// is lines of "<event type> <payload>", put into frames here: checksums would keep a fuzzer out of the reader.
#include "codecs/bedrock/codec.h"
#include "codecs/bedrock/event_stream.h"
#include "dialogue/assembly.h"
#include "dialogue/order_check.h"
#include "property.h"

#include <array>
#include <string>
#include <utility>

namespace {

namespace bedrock = inferenceflow::codecs::bedrock;
namespace dialogue = inferenceflow::dialogue;
namespace fuzz = inferenceflow::fuzz;

// Larger than any input, so that a cut never decides about the bound.
constexpr std::size_t k_event_bytes_max = 1U << 22U;

struct outcome {
  dialogue::answer got;
  bool ended = false;
  std::string failure;
};

outcome read(std::string_view bytes, std::uint64_t cut_seed) {
  const auto reader = bedrock::codec{}.make_reader(k_event_bytes_max);
  dialogue::assembly whole;
  dialogue::order_check order;
  int last_events = 0;
  const dialogue::event_handler handle = [&](const dialogue::event& happened) {
    whole.take(happened);
    order.take(happened);
    last_events += happened.kind == dialogue::event_kind::end || happened.kind == dialogue::event_kind::failure ? 1 : 0;
  };
  fuzz::cutter cut{cut_seed};
  while (!bytes.empty()) {
    const std::string piece{cut_seed == 0 ? std::exchange(bytes, {}) : cut.take(bytes)}; // gone after the call
    reader->push(piece, handle);
  }
  reader->finish(handle);
  fuzz::require(order.fault().empty(), order.fault());
  fuzz::require(last_events == 1, "a stream ends once");
  return {whole.so_far(), whole.ended(), whole.failure() ? whole.failure()->message : std::string{}};
}

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
  const auto writer = bedrock::codec{}.make_writer({});
  std::string bytes;
  dialogue::replay(got, [&](const dialogue::event& happened) { writer->write(happened, bytes); });
  const outcome again = read(bytes, 0);
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
  const outcome whole = read(bytes, 0);
  const outcome cut = read(bytes, fuzz::seed_of(bytes));
  fuzz::require(whole.got == cut.got, "any cut gives the same answer");
  fuzz::require(whole.ended == cut.ended && whole.failure == cut.failure, "any cut ends alike");
  if (whole.ended) {
    check_written(whole.got);
  }
  return 0;
}
