// Gemini's streams, cut anywhere, in either form: events in order, one end, the same answer for every cut. A whole
// answer that is written as a stream and read again is the same from then on.
#include "codecs/gemini/codec.h"
#include "stream_reading.h"

#include <algorithm>
#include <string>

namespace {

namespace fuzz = inferenceflow::fuzz;
namespace dialogue = inferenceflow::dialogue;
namespace gemini = inferenceflow::codecs::gemini;

constexpr std::size_t k_event_bytes_max = 4096;

std::string written(const dialogue::answer& got, gemini::stream_form form) {
  const auto writer = gemini::codec::make_writer({}, form);
  return fuzz::streamed(got, *writer);
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
  const gemini::codec spoken;
  const auto once = fuzz::read_stream(spoken, bytes, 0, k_event_bytes_max);
  const auto again = fuzz::read_stream(spoken, bytes, fuzz::seed_of(bytes), k_event_bytes_max);
  // Whether an event is too large may depend on the cut: a bound holds what is unfinished, not what is there at once.
  if (size <= k_event_bytes_max) {
    fuzz::require(once == again, "the cut does not matter");
  }
  const auto& choices = once.got.choices;
  if (!once.failure.empty() || !std::all_of(choices.begin(), choices.end(), is_whole)) {
    return 0;
  }
  const auto first = fuzz::read_stream(spoken, written(once.got, gemini::stream_form::events), 0);
  fuzz::require(first.failure.empty(), "what was written can be read");
  const auto second = fuzz::read_stream(spoken, written(first.got, gemini::stream_form::array), 0);
  fuzz::require(second.failure.empty() && without_citations(second.got) == without_citations(first.got),
                "what was written once is written the same");
  return 0;
}
