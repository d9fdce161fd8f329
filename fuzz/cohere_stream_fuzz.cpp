// A Cohere stream, cut anywhere: events keep their order and come to one end, every cut gives the same answer, and a
// whole answer written as a stream is read back.
#include "codecs/cohere/codec.h"
#include "dialogue/assembly.h"
#include "dialogue/order_check.h"
#include "property.h"

#include <string>
#include <utility>

namespace {

namespace dialogue = inferenceflow::dialogue;
namespace fuzz = inferenceflow::fuzz;

// Larger than any input, so that a cut never decides about the bound.
constexpr std::size_t k_event_bytes_max = 1U << 20U;

const inferenceflow::codecs::cohere::codec k_cohere;

struct outcome {
  dialogue::answer got = {};
  bool ended = false;
  std::string failure = {};
};

outcome read(std::string_view bytes, std::uint64_t cut_seed) {
  const auto reader = k_cohere.make_reader(k_event_bytes_max);
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
  // `begin` may be missing before a failure only.
  fuzz::require(order.fault().empty(), "events keep their order");
  return {whole.so_far(), whole.ended(), whole.failure() ? whole.failure()->message : std::string{}};
}

struct teller {
  std::string& out;
  void operator()(const dialogue::text_part& part) const {
    out += "text " + part.text + "\n";
    for (const auto& cited : part.citations) {
      out += "cited " + cited.quote + " " + std::to_string(cited.begin) + " " + std::to_string(cited.end) + "\n";
    }
  }
  void operator()(const dialogue::reasoning_part& part) const { out += "thought " + part.id + " " + part.text + "\n"; }
  void operator()(const dialogue::tool_call_part& part) const {
    out += "call " + part.id + " " + part.name + " " + part.arguments + "\n";
  }
  template <class Part> void operator()(const Part&) const { out += "other\n"; }
};

/// What a client reads of it.
std::string told(const dialogue::answer& got) {
  std::string text = got.id + "\n";
  for (const auto& choice : got.choices) {
    for (const auto& part : choice.parts) {
      std::visit(teller{text}, part);
    }
  }
  return text;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes = fuzz::view_of(data, size);
  const outcome at_once = read(bytes, 0);
  const outcome in_pieces = read(bytes, fuzz::seed_of(bytes));
  fuzz::require(at_once.got == in_pieces.got && at_once.failure == in_pieces.failure,
                "every cut gives the same answer");
  if (!at_once.ended) {
    return 0;
  }
  const auto writer = k_cohere.make_writer({});
  std::string stream;
  dialogue::replay(at_once.got, [&](const dialogue::event& happened) { writer->write(happened, stream); });
  const outcome again = read(stream, 0);
  fuzz::require(again.ended && told(again.got) == told(at_once.got), "what is written is read back");
  fuzz::require(k_cohere.read_answer(k_cohere.write_answer(at_once.got, {}).body).has_value(),
                "what is written whole can be read");
  return 0;
}
