#include "providers/upstream/reading.h"

#include <fmt/format.h>

namespace inferenceflow::providers::upstream {

net::task<std::optional<error>> read_whole(http::upstream_call& exchange, answer& got,
                                           std::chrono::milliseconds idle_timeout, std::size_t bytes_max) {
  got.status = exchange.head().status;
  got.content_type = exchange.head().content_type;
  got.retry_after = exchange.head().retry_after;
  for (;;) {
    const auto pieces = co_await exchange.next(idle_timeout);
    if (!pieces) {
      co_return pieces.error();
    }
    if (pieces->empty()) {
      break;
    }
    if (!got.first_byte_at) {
      got.first_byte_at = std::chrono::steady_clock::now();
    }
    for (const std::string_view piece : *pieces) {
      if (got.body.size() + piece.size() > bytes_max) {
        co_return make_error(error_kind::upstream_failed,
                             fmt::format("the upstream's answer exceeds {} bytes", bytes_max));
      }
      got.body.append(piece);
    }
  }
  exchange.finish();
  co_return std::nullopt;
}

} // namespace inferenceflow::providers::upstream
