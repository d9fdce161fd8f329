// Server-sent events: any split gives the same events, blocks joined are the bytes, and what is written is read back.
#include "property.h"
#include "wire/sse/codec.h"

#include <string>
#include <utility>
#include <vector>

namespace {

namespace fuzz = inferenceflow::fuzz;
namespace sse = inferenceflow::wire::sse;

// Larger than any input, so that a split never decides about the bound.
constexpr std::size_t k_event_bytes_max = 1U << 20U;

std::vector<std::string> events_of(std::string_view bytes, std::uint64_t cut_seed) {
  std::vector<std::string> events;
  sse::decoder decoder{k_event_bytes_max};
  fuzz::cutter cut{cut_seed};
  while (!bytes.empty()) {
    const std::string piece{cut_seed == 0 ? std::exchange(bytes, {}) : cut.take(bytes)}; // gone after the call
    const bool taken = decoder.push(piece, [&](const sse::event& event) {
      events.push_back(std::string{event.type} + "\n" + std::string{event.last_event_id} + "\n" +
                       std::string{event.data});
    });
    fuzz::require(taken, "an event within the bound is taken");
  }
  events.push_back("retry " + std::to_string(decoder.retry_ms().value_or(0)));
  return events;
}

std::string joined_blocks(std::string_view bytes, std::uint64_t cut_seed) {
  std::string joined;
  sse::block_splitter splitter{k_event_bytes_max};
  fuzz::cutter cut{cut_seed};
  while (!bytes.empty()) {
    const std::string piece{cut.take(bytes)};
    fuzz::require(splitter.push(piece, [&](std::string_view block) { joined += block; }), "a short block is taken");
  }
  return joined.append(splitter.rest());
}

std::string with_line_feeds(std::string_view text) {
  std::string normal;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\r') {
      normal += '\n';
      i += i + 1 < text.size() && text[i + 1] == '\n' ? 1U : 0U;
    } else {
      normal += text[i];
    }
  }
  return normal;
}

void check_written(std::string_view data) {
  std::string stream;
  sse::append_comment(stream, data);
  sse::append_event(stream, data, "kind", "7");
  sse::append_comment(stream, data);
  std::vector<std::string> read;
  sse::decoder decoder{4 * k_event_bytes_max};
  const bool taken = decoder.push(stream, [&](const sse::event& event) {
    fuzz::require(event.type == "kind" && event.last_event_id == "7", "type and id are read back");
    read.emplace_back(event.data);
  });
  fuzz::require(taken && read.size() == 1, "one event is read back, and comments are none");
  fuzz::require(read[0] == with_line_feeds(data), "data is read back, its line ends as line feeds");
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes = fuzz::view_of(data, size);
  const std::uint64_t seed = fuzz::seed_of(bytes);
  fuzz::require(events_of(bytes, 0) == events_of(bytes, seed), "any split gives the same events");
  fuzz::require(joined_blocks(bytes, seed) == bytes, "blocks joined are the bytes");
  if (size != 0) {
    check_written(bytes);
  }
  return 0;
}
