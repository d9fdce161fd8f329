// The watcher of a stream: any split sends on the same bytes and learns the same facts; without dropping, every byte
// goes on as it came. The first byte says whether the usage chunk is dropped.
#include "property.h"
#include "wire/openai/stream_watch.h"

#include <string>
#include <utility>

namespace {

namespace cost = inferenceflow::cost;
namespace fuzz = inferenceflow::fuzz;
namespace openai = inferenceflow::wire::openai;

struct outcome {
  std::string sent;
  openai::stream_facts facts;
};

outcome watch(std::string_view bytes, bool drop_usage_chunk, std::uint64_t cut_seed) {
  outcome seen;
  openai::stream_watch watcher{{.drop_usage_chunk = drop_usage_chunk}};
  fuzz::cutter cut{cut_seed};
  while (!bytes.empty()) {
    const std::string piece{cut_seed == 0 ? std::exchange(bytes, {}) : cut.take(bytes)}; // gone after the call
    const auto forward = watcher.push(piece);
    fuzz::require(forward.has_value(), "an event within the bound is taken");
    for (const std::string_view part : *forward) {
      seen.sent += part;
    }
  }
  for (const std::string_view part : watcher.finish()) {
    seen.sent += part;
  }
  seen.facts = watcher.facts();
  return seen;
}

bool same(const openai::stream_facts& a, const openai::stream_facts& b) {
  return a.done == b.done && a.is_error == b.is_error && a.malformed == b.malformed && a.finished == b.finished &&
         a.cacheable == b.cacheable && a.finish == b.finish && a.model == b.model && a.events == b.events &&
         a.text_deltas == b.text_deltas && a.text_bytes == b.text_bytes && a.usage == b.usage;
}

bool within_bounds(const cost::token_usage& usage) {
  for (const std::int64_t part :
       {usage.fresh_input, usage.cached_input, usage.cache_write, usage.output, usage.reasoning}) {
    if (part < 0 || part > cost::k_tokens_max) {
      return false;
    }
  }
  return true;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) {
    return 0;
  }
  const bool drop = (data[0] & 1U) != 0;
  const std::string_view bytes = fuzz::view_of(data + 1, size - 1);
  const outcome whole = watch(bytes, drop, 0);
  const outcome cut = watch(bytes, drop, fuzz::seed_of(bytes));
  fuzz::require(drop || whole.sent == bytes, "without dropping every byte goes on");
  fuzz::require(whole.sent == cut.sent, "any split sends on the same bytes");
  fuzz::require(same(whole.facts, cut.facts), "any split gives the same facts");
  fuzz::require(!whole.facts.usage || within_bounds(*whole.facts.usage), "token counts are clamped");
  fuzz::require(!whole.facts.cacheable || (whole.facts.done && !whole.facts.is_error && !whole.facts.malformed),
                "only a whole stream may be kept");
  return 0;
}
