#include "providers/upstream/side_exchange.h"

#include "http/upstream_call.h"
#include "providers/upstream/reading.h"

#include <array>

namespace inferenceflow::providers::upstream {

net::task<result<side_answer>> exchange(net::event_loop& loop, http::upstream_pool& pool, side_patience patience,
                                        std::string_view head, std::string_view body, std::size_t answer_bytes_max,
                                        net::cancel_scope& scope) {
  const std::array<std::string_view, 2> pieces{head, body};
  http::upstream_call call{loop, pool, scope, patience.first_byte_timeout};
  const std::size_t count = body.empty() ? 1 : 2;
  const auto failure = co_await call.start(std::span{pieces.data(), count});
  if (failure && failure->kind != error_kind::cancelled && !call.connected()) {
    error why = *failure;
    why.kind = error_kind::unavailable;
    co_return why;
  }
  if (failure) {
    co_return *failure;
  }
  if (!call.head().content_encoding.empty()) {
    co_return make_error(error_kind::upstream_failed,
                         "the upstream compressed its answer although it was not asked to");
  }
  answer got;
  if (const auto broke = co_await read_whole(call, got, patience.idle_timeout, answer_bytes_max)) {
    co_return *broke;
  }
  co_return side_answer{.status = got.status, .body = std::move(got.body), .retry_after = std::move(got.retry_after)};
}

} // namespace inferenceflow::providers::upstream
