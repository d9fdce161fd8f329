// A TGI stream, cut anywhere: events keep their order and come to one end, every cut gives the same answer, and no
// answer ends with the marker of the prompt's template.
#include "codecs/tgi/codec.h"
#include "codecs/tgi/prompt.h"
#include "dialogue/assembly.h"
#include "dialogue/order_check.h"
#include "property.h"

#include <string>
#include <utility>

namespace {

namespace dialogue = inferenceflow::dialogue;
namespace fuzz = inferenceflow::fuzz;
namespace tgi = inferenceflow::codecs::tgi;

// Larger than any input, so that a cut never decides about the bound.
constexpr std::size_t k_event_bytes_max = 1U << 20U;

const tgi::codec k_tgi;

struct outcome {
  dialogue::answer got = {};
  bool ended = false;
  std::string failure = {};
};

outcome read(std::string_view bytes, std::uint64_t cut_seed) {
  const auto reader = k_tgi.make_reader(k_event_bytes_max);
  dialogue::assembly whole;
  dialogue::order_check order;
  const dialogue::event_handler take = [&](const dialogue::event& happened) {
    order.take(happened);
    whole.take(happened);
  };
  fuzz::cutter cut{cut_seed};
  while (!bytes.empty()) {
    const std::string piece{cut_seed == 0 ? std::exchange(bytes, {}) : cut.take(bytes)}; // gone after the call
    reader->push(piece, take);
  }
  reader->finish(take);
  fuzz::require(order.closed(), "a stream comes to an end");
  fuzz::require(whole.ended() != whole.failure().has_value(), "a stream ends or fails, and not both");
  fuzz::require(order.fault().empty(), "events keep their order");
  return {whole.so_far(), whole.ended(), whole.failure() ? whole.failure()->message : std::string{}};
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes = fuzz::view_of(data, size);
  const outcome at_once = read(bytes, 0);
  const outcome in_pieces = read(bytes, fuzz::seed_of(bytes));
  fuzz::require(at_once.got == in_pieces.got && at_once.failure == in_pieces.failure,
                "every cut gives the same answer");
  if (at_once.ended && !at_once.got.choices.empty() && !at_once.got.choices[0].parts.empty()) {
    const std::string& text = std::get<dialogue::text_part>(at_once.got.choices[0].parts[0]).text;
    const bool marked = text.size() >= tgi::k_next_turn.size() &&
                        std::string_view{text}.substr(text.size() - tgi::k_next_turn.size()) == tgi::k_next_turn;
    fuzz::require(!marked, "the template's marker is not part of the answer");
  }
  return 0;
}
