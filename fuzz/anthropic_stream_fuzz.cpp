// Anthropic's event stream: whatever comes, in whatever pieces, the events keep their order and end once; any split
// gives the same answer; and an answer that came whole comes back from our own stream.
#include "codecs/anthropic/codec.h"
#include "dialogue/assembly.h"
#include "dialogue/order_check.h"
#include "property.h"

#include <string>
#include <utility>

namespace {

namespace anthropic = inferenceflow::codecs::anthropic;
namespace dialogue = inferenceflow::dialogue;
namespace fuzz = inferenceflow::fuzz;

constexpr std::size_t k_event_bytes_max = std::size_t{1} << 20U;
constexpr std::size_t k_tight_event_bytes_max = 100;

struct outcome {
  dialogue::answer got;
  std::string failure;
  bool ended = false;
  std::string rewritten; ///< by our writer
};

outcome read(std::string_view bytes, std::size_t event_bytes_max, std::uint64_t cut_seed) {
  outcome seen;
  dialogue::assembly whole;
  dialogue::order_check order;
  const anthropic::codec codec;
  const auto writer = codec.make_writer({});
  const auto reader = codec.make_reader(event_bytes_max);
  int ends = 0;
  const auto take = [&](const dialogue::event& happened) {
    order.take(happened);
    whole.take(happened);
    writer->write(happened, seen.rewritten);
    ends += happened.kind == dialogue::event_kind::end || happened.kind == dialogue::event_kind::failure ? 1 : 0;
  };
  fuzz::cutter cut{cut_seed};
  while (!bytes.empty()) {
    const std::string piece{cut_seed == 0 ? std::exchange(bytes, {}) : cut.take(bytes)}; // gone after the call
    reader->push(piece, take);
  }
  reader->finish(take);
  fuzz::require(order.fault().empty(), "events keep their order");
  fuzz::require(ends == 1, "a stream ends once");
  seen.got = whole.so_far();
  seen.ended = whole.ended();
  seen.failure = whole.failure() ? whole.failure()->message : "";
  return seen;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes = fuzz::view_of(data, size);
  const outcome whole = read(bytes, k_event_bytes_max, 0);
  const outcome cut = read(bytes, k_event_bytes_max, fuzz::seed_of(bytes));
  fuzz::require(whole.got == cut.got, "any split gives the same answer");
  fuzz::require(whole.failure == cut.failure && whole.ended == cut.ended, "any split gives the same end");
  fuzz::require(whole.rewritten == cut.rewritten, "any split is written alike");
  if (whole.ended) {
    const outcome again = read(whole.rewritten, k_event_bytes_max, 0);
    fuzz::require(again.ended, "what we write is a whole stream");
    fuzz::require(again.got.usage.has_value(), "what we write says what was used");
  }
  static_cast<void>(read(bytes, k_tight_event_bytes_max, fuzz::seed_of(bytes)));
  return 0;
}
