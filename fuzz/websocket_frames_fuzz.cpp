// WebSocket frames: however the bytes are cut, the same messages come out, all within their bounds.
#include "http/websocket_frames.h"
#include "property.h"

#include <string>
#include <utility>

namespace {

namespace fuzz = inferenceflow::fuzz;
namespace http = inferenceflow::http;

constexpr std::size_t k_message_bytes_max = 64;

/// Everything that was read, and how it ended, as one text.
std::string read_all(std::string_view bytes, std::uint64_t cut_seed) {
  using kind = http::websocket_input::kind;
  std::string seen;
  http::websocket_reader reader{k_message_bytes_max};
  fuzz::cutter cut{cut_seed};
  std::string_view waiting;
  while (!bytes.empty() && !reader.fault()) {
    waiting = cut_seed == 0 ? std::exchange(bytes, {}) : cut.take(bytes);
    while (!waiting.empty() && !reader.fault()) {
      const std::size_t used = reader.feed(waiting);
      fuzz::require(used <= waiting.size(), "no more is taken than was given");
      waiting.remove_prefix(used);
      const auto input = reader.take();
      fuzz::require(input || waiting.empty() || reader.fault(), "it stops only at the end of an input");
      if (!input) {
        continue;
      }
      const bool control = input->what != kind::text && input->what != kind::binary && input->what != kind::too_large;
      fuzz::require(input->payload.size() <= (control ? http::k_control_bytes_max : k_message_bytes_max),
                    "what is kept is bounded");
      fuzz::require(input->what == kind::text || control || input->payload.empty(), "what is not read is not kept");
      seen.append(std::to_string(static_cast<int>(input->what))).append(":").append(std::to_string(input->code));
      seen.append(":").append(input->payload).append("\n");
    }
  }
  return seen.append(reader.fault() ? reader.fault()->what : "open");
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes = fuzz::view_of(data, size);
  fuzz::require(read_all(bytes, 0) == read_all(bytes, fuzz::seed_of(bytes)), "any split gives the same messages");
  return 0;
}
