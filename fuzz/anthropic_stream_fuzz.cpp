// Anthropic's event stream: whatever comes, in whatever pieces, the events keep their order and end once; any split
// gives the same answer; and an answer that came whole comes back from our own stream.
#include "codecs/anthropic/codec.h"
#include "stream_reading.h"

#include <string>

namespace {

namespace dialogue = inferenceflow::dialogue;
namespace fuzz = inferenceflow::fuzz;

constexpr std::size_t k_tight_event_bytes_max = 100;

const inferenceflow::codecs::anthropic::codec k_anthropic;

/// What our writer makes of the events as they come.
std::string relayed(std::string_view bytes, std::uint64_t cut_seed) {
  std::string out;
  const auto writer = k_anthropic.make_writer({});
  static_cast<void>(fuzz::read_stream(k_anthropic, bytes, cut_seed, fuzz::k_any_event_bytes,
                                      [&](const dialogue::event& happened) { writer->write(happened, out); }));
  return out;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes = fuzz::view_of(data, size);
  const auto whole = fuzz::read_any_cut(k_anthropic, bytes);
  const std::string written = relayed(bytes, 0);
  fuzz::require(written == relayed(bytes, fuzz::seed_of(bytes)), "any split is written alike");
  if (whole.ended) {
    const auto again = fuzz::read_stream(k_anthropic, written, 0);
    fuzz::require(again.ended, "what we write is a whole stream");
    fuzz::require(again.got.usage.has_value(), "what we write says what was used");
  }
  static_cast<void>(fuzz::read_stream(k_anthropic, bytes, fuzz::seed_of(bytes), k_tight_event_bytes_max));
  return 0;
}
