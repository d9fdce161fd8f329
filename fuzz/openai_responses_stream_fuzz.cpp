// A response's event stream: any bytes in any cut give the same answer, in order, closed by one end or failure; an
// answer that was written and read once more stays what it is, as a document and as a stream.
#include "codecs/openai_responses/codec.h"
#include "dialogue/assembly.h"
#include "dialogue/order_check.h"
#include "property.h"

#include <string>
#include <utility>

namespace {

namespace dialogue = inferenceflow::dialogue;
namespace fuzz = inferenceflow::fuzz;
using inferenceflow::codecs::openai_responses::codec;

struct outcome {
  dialogue::answer got;
  bool ended = false;
  std::string failure;
};

outcome read_stream(std::string_view bytes, std::uint64_t cut_seed) {
  constexpr std::size_t k_event_bytes_max = std::size_t{1} << 24U; // cuts decide when a bound is met, so none is
  dialogue::assembly whole;
  dialogue::order_check order;
  const auto reader = codec{}.make_reader(k_event_bytes_max);
  const dialogue::event_handler handle = [&](const dialogue::event& happened) {
    order.take(happened);
    whole.take(happened);
  };
  fuzz::cutter cut{cut_seed};
  while (!bytes.empty()) {
    const std::string piece{cut_seed == 0 ? std::exchange(bytes, {}) : cut.take(bytes)}; // gone after the call
    reader->push(piece, handle);
  }
  reader->finish(handle);
  fuzz::require(order.fault().empty(), "events come in order");
  fuzz::require(order.closed(), "a stream ends in end or failure");
  return {whole.so_far(), whole.ended(), whole.failure() ? whole.failure()->message : std::string{}};
}

dialogue::answer rewritten(const dialogue::answer& got) {
  const auto again = codec{}.read_answer(codec{}.write_answer(got, {}).body);
  fuzz::require(again.has_value(), "what is written can be read");
  return *again;
}

dialogue::answer replayed(const dialogue::answer& got) {
  std::string bytes;
  const auto writer = codec{}.make_writer({});
  dialogue::replay(got, [&](const dialogue::event& happened) { writer->write(happened, bytes); });
  const outcome again = read_stream(bytes, 0);
  fuzz::require(again.ended, "a written stream is whole");
  return again.got;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes = fuzz::view_of(data, size);
  const outcome whole = read_stream(bytes, 0);
  const outcome cut = read_stream(bytes, fuzz::seed_of(bytes));
  fuzz::require(whole.got == cut.got && whole.ended == cut.ended && whole.failure == cut.failure,
                "any cut gives the same answer");
  if (whole.ended) {
    const dialogue::answer once = rewritten(whole.got);
    fuzz::require(rewritten(once) == once, "an answer stays what it is");
    fuzz::require(replayed(once) == once, "a stream tells what the document tells");
  }
  return 0;
}
