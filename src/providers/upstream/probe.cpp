#include "providers/upstream/probe.h"

#include "http/upstream_call.h"

#include <array>
#include <charconv>
#include <fmt/format.h>

namespace inferenceflow::providers::upstream {

namespace {

/// Seconds of a Retry-After; a date says nothing here, since the next probe comes when it comes.
std::optional<std::chrono::seconds> seconds_of(std::string_view text) {
  constexpr std::int64_t k_day_s = 86'400;
  std::int64_t value = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool whole = failure == std::errc{} && end == text.data() + text.size() && value >= 0;
  return whole ? std::optional{std::chrono::seconds{std::min(value, k_day_s)}} : std::nullopt;
}

} // namespace

std::optional<error> probe_verdict(int status, std::string_view retry_after) {
  std::optional<error_kind> kind;
  if (status == 401 || status == 403) {
    kind = error_kind::forbidden;
  } else if (status == 429) {
    kind = error_kind::rate_limited;
  } else if (status == 503 || status == 529) {
    kind = error_kind::unavailable;
  } else if (status >= 500 || (status >= 300 && status < 400)) {
    kind = error_kind::upstream_failed;
  }
  if (!kind) {
    return std::nullopt;
  }
  error why = make_error(*kind, fmt::format("the upstream answered a probe with status {}", status));
  why.retry_after = seconds_of(retry_after);
  return why;
}

net::task<std::optional<error>> probe(net::event_loop& loop, http::upstream_pool& pool,
                                      std::chrono::milliseconds first_byte_timeout, std::string_view head,
                                      net::cancel_scope& scope) {
  const std::array<std::string_view, 1> pieces{head};
  http::upstream_call exchange{loop, pool, scope, first_byte_timeout};
  const auto failure = co_await exchange.start(pieces);
  if (failure) {
    co_return failure;
  }
  const auto verdict = probe_verdict(exchange.head().status, exchange.head().retry_after);
  std::size_t read_bytes = 0;
  while (read_bytes <= k_probe_body_bytes_max) { // a longer list is not waited for: its connection closes
    const auto got = co_await exchange.next(first_byte_timeout);
    if (!got) {
      co_return verdict ? verdict : std::optional{got.error()};
    }
    if (got->empty()) {
      exchange.finish();
      break;
    }
    for (const std::string_view piece : *got) {
      read_bytes += piece.size();
    }
  }
  co_return verdict;
}

} // namespace inferenceflow::providers::upstream
