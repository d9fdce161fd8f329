// The reader of a Chat Completions stream: any bytes in any cut keep the order of events, end in one `end` or `failure`
// and come to the same answer; an answer that was read, written as a stream again, is read as the same text and calls.
#include "codecs/openai_chat/codec.h"
#include "dialogue/assembly.h"
#include "dialogue/order_check.h"
#include "property.h"

#include <optional>
#include <string>
#include <utility>

namespace {

namespace chat = inferenceflow::codecs::openai_chat;
namespace dialogue = inferenceflow::dialogue;
namespace fuzz = inferenceflow::fuzz;

constexpr std::size_t k_event_bytes_max = std::size_t{1} << 16U;

struct outcome {
  dialogue::answer got;
  std::optional<inferenceflow::error> failure;
};

outcome read(std::string_view bytes, std::uint64_t cut_seed) {
  const chat::codec spoken;
  const auto reader = spoken.make_reader(k_event_bytes_max);
  dialogue::assembly whole;
  dialogue::order_check order;
  const auto take = [&](const dialogue::event& happened) {
    order.take(happened);
    whole.take(happened);
  };
  fuzz::cutter cut{cut_seed};
  while (!bytes.empty()) {
    const std::string piece{cut_seed == 0 ? std::exchange(bytes, {}) : cut.take(bytes)}; // gone after the call
    reader->push(piece, take);
  }
  reader->finish(take);
  fuzz::require(order.fault().empty(), "events keep their order");
  fuzz::require(order.closed(), "a stream ends in `end` or `failure`");
  fuzz::require(whole.ended() != whole.failure().has_value(), "it ends in one of the two");
  return {whole.so_far(), whole.failure()};
}

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
  std::string bytes;
  const auto writer = spoken.make_writer({});
  dialogue::replay(got, [&](const dialogue::event& happened) { writer->write(happened, bytes); });
  fuzz::require(said(read(bytes, 0).got) == said(got), "a written stream says what was read");
  const auto document = spoken.read_answer(spoken.write_answer(got, {}).body);
  fuzz::require(document.has_value(), "a written document is an answer");
  fuzz::require(said(*document) == said(got), "a written document says what was read");
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes = fuzz::view_of(data, size);
  const outcome whole = read(bytes, 0);
  const outcome cut = read(bytes, fuzz::seed_of(bytes));
  fuzz::require(whole.failure.has_value() == cut.failure.has_value(), "any split ends alike");
  fuzz::require(whole.got == cut.got, "any split comes to the same answer");
  if (!whole.failure && size < k_event_bytes_max / 16) { // rewritten, an event is larger than it came
    check_written(whole.got);
  }
  return 0;
}
