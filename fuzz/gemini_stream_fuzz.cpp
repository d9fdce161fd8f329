// Gemini's streams, cut anywhere, in either form: events in order, one end, the same answer for every cut. A whole
// answer that is written as a stream and read again is the same from then on.
#include "codecs/gemini/codec.h"
#include "dialogue/assembly.h"
#include "dialogue/order_check.h"
#include "property.h"

#include <algorithm>
#include <optional>
#include <string>

namespace {

namespace fuzz = inferenceflow::fuzz;
namespace dialogue = inferenceflow::dialogue;
namespace gemini = inferenceflow::codecs::gemini;

constexpr std::size_t k_event_bytes_max = 4096;

struct reading {
  dialogue::answer got;
  std::string failure; ///< empty if there was none
};

/// @param seed  of the cuts; nothing = in one piece.
reading read(std::string_view bytes, std::optional<std::uint64_t> seed, std::size_t event_bytes_max) {
  const auto reader = gemini::codec{}.make_reader(event_bytes_max);
  dialogue::assembly whole;
  dialogue::order_check order;
  const auto handle = [&](const dialogue::event& happened) {
    order.take(happened);
    whole.take(happened);
  };
  fuzz::cutter cutter{seed.value_or(0)};
  while (seed && !bytes.empty()) {
    reader->push(cutter.take(bytes), handle);
  }
  reader->push(bytes, handle);
  reader->finish(handle);
  fuzz::require(order.fault().empty(), "events keep their order");
  fuzz::require(order.closed(), "a stream comes to its end or to a failure");
  fuzz::require(whole.ended() != whole.failure().has_value(), "and to one of them only");
  fuzz::require(!whole.failure() || !whole.failure()->message.empty(), "a failure says why");
  return {whole.so_far(), whole.failure() ? whole.failure()->message : std::string{}};
}

std::string written(const dialogue::answer& got, gemini::stream_form form) {
  const auto writer = gemini::codec::make_writer({}, form);
  std::string bytes;
  dialogue::replay(got, [&](const dialogue::event& happened) { writer->write(happened, bytes); });
  return bytes;
}

bool is_whole(const dialogue::choice& choice) {
  return choice.reason != dialogue::finish::none;
}

/// A stream's end tells all citations at once: those of a part that was closed before come to rest elsewhere.
dialogue::answer without_citations(dialogue::answer got) {
  for (dialogue::choice& choice : got.choices) {
    for (dialogue::part& part : choice.parts) {
      if (auto* words = std::get_if<dialogue::text_part>(&part)) {
        words->citations.clear();
      }
    }
  }
  return got;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes = fuzz::view_of(data, size);
  const reading once = read(bytes, std::nullopt, k_event_bytes_max);
  const reading again = read(bytes, fuzz::seed_of(bytes), k_event_bytes_max);
  // Whether an event is too large may depend on the cut: a bound holds what is unfinished, not what is there at once.
  if (size <= k_event_bytes_max) {
    fuzz::require(once.got == again.got && once.failure == again.failure, "the cut does not matter");
  }
  const auto& choices = once.got.choices;
  if (!once.failure.empty() || !std::all_of(choices.begin(), choices.end(), is_whole)) {
    return 0;
  }
  constexpr std::size_t k_any_size = std::size_t{1} << 26U; // escapes make an answer longer than it came
  const reading first = read(written(once.got, gemini::stream_form::events), std::nullopt, k_any_size);
  fuzz::require(first.failure.empty(), "what was written can be read");
  const reading second = read(written(first.got, gemini::stream_form::array), std::nullopt, k_any_size);
  fuzz::require(second.failure.empty() && without_citations(second.got) == without_citations(first.got),
                "what was written once is written the same");
  return 0;
}
