/// Reads a backend's stream as fuzz targets of all protocols do: cut anywhere, with what must hold for each.
///
/// Role:      the <protocol>_stream targets add what is their own.
/// Lifecycle: functions.
/// Threading: single-threaded.
/// Bounds:    the input's size, and what its answer takes.
#pragma once

#include "dialogue/assembly.h"
#include "dialogue/codec.h"
#include "dialogue/order_check.h"
#include "property.h"

#include <string>
#include <string_view>
#include <utility>

namespace inferenceflow::fuzz {

/// Larger than any input, so that a cut never decides about the bound.
inline constexpr std::size_t k_any_event_bytes = std::size_t{1} << 26U;

struct stream_reading {
  dialogue::answer got = {};
  bool ended = false;
  std::string failure = {}; ///< empty if there was none
  friend bool operator==(const stream_reading&, const stream_reading&) = default;
};

/// @param cut_seed  of the cuts; 0 = in one piece.
/// @param also      sees every event.
inline stream_reading read_stream(const dialogue::codec& speaks, std::string_view bytes, std::uint64_t cut_seed,
                                  std::size_t event_bytes_max = k_any_event_bytes,
                                  const dialogue::event_handler& also = {}) {
  const auto reader = speaks.make_reader(event_bytes_max);
  dialogue::assembly whole;
  dialogue::order_check order;
  int last_events = 0;
  const dialogue::event_handler take = [&](const dialogue::event& happened) {
    order.take(happened);
    whole.take(happened);
    last_events += happened.kind == dialogue::event_kind::end || happened.kind == dialogue::event_kind::failure ? 1 : 0;
    if (also) {
      also(happened);
    }
  };
  cutter cut{cut_seed};
  while (!bytes.empty()) {
    const std::string piece{cut_seed == 0 ? std::exchange(bytes, {}) : cut.take(bytes)}; // gone after the call
    reader->push(piece, take);
  }
  reader->finish(take);
  require(order.fault().empty(), order.fault().empty() ? "events keep their order" : order.fault());
  require(order.closed() && last_events == 1, "a stream ends once");
  require(whole.ended() != whole.failure().has_value(), "it ends or fails, and not both");
  require(!whole.failure() || !whole.failure()->message.empty(), "a failure says why");
  return {whole.so_far(), whole.ended(), whole.failure() ? whole.failure()->message : std::string{}};
}

/// In one piece and cut: both must come to the same.
inline stream_reading read_any_cut(const dialogue::codec& speaks, std::string_view bytes) {
  stream_reading whole = read_stream(speaks, bytes, 0);
  require(whole == read_stream(speaks, bytes, seed_of(bytes)), "any cut gives the same answer and the same end");
  return whole;
}

/// `got` as `writer` streams it.
inline std::string streamed(const dialogue::answer& got, dialogue::event_writer& writer) {
  std::string bytes;
  dialogue::replay(got, [&](const dialogue::event& happened) { writer.write(happened, bytes); });
  return bytes;
}

/// `got` as this protocol streams it.
inline std::string streamed(const dialogue::answer& got, const dialogue::codec& speaks) {
  const auto writer = speaks.make_writer({});
  return streamed(got, *writer);
}

} // namespace inferenceflow::fuzz
