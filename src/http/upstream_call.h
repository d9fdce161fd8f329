/// One request to an upstream and its response, read piece by piece.
///
/// Role:      providers/ perform each attempt through one of these.
/// Lifecycle: construct → start() → next()* until done → destroyed; destruction before the end closes the connection.
/// Threading: one event loop; not thread-safe.
/// Bounds:    time: first_byte_timeout from the request's last byte, then what next() is given.
///            Memory: one read of k_read_bytes.
/// Source:    RFC 9112 §9.3.1: a request is sent again only when the kernel shows that none of it arrived.
#pragma once

#include "http/upstream_pool.h"

#include <chrono>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace inferenceflow::http {

class upstream_call {
public:
  /// @param scope  cancels the call: everything pending fails with error_kind::cancelled.
  upstream_call(net::event_loop& loop, upstream_pool& pool, net::cancel_scope& scope,
                std::chrono::milliseconds first_byte_timeout);
  upstream_call(const upstream_call&) = delete;
  upstream_call& operator=(const upstream_call&) = delete;

  /// Sends head and body pieces (at most net::byte_stream::k_pieces_max in all) and waits for the response's head.
  /// A connection that turns out stale before any byte of the request arrived is replaced, once.
  /// @returns nothing, or upstream_failed, upstream_timeout, unavailable, cancelled.
  [[nodiscard]] net::task<std::optional<error>> start(std::span<const std::string_view> pieces);

  /// Valid after start().
  [[nodiscard]] const response_head& head() const noexcept;

  /// Whether there was a connection that the request may have reached; false: certainly nothing of it arrived.
  [[nodiscard]] bool connected() const noexcept { return connected_; }
  /// Whether a byte of an answer arrived.
  [[nodiscard]] bool answered() const noexcept { return answered_anything_; }

  /// The next pieces of the body, as they arrive; empty at the end.
  /// @param patience  how long the upstream may be silent.
  /// Lifetime: views are valid until the next call of next().
  [[nodiscard]] net::task<result<std::span<const std::string_view>>> next(std::chrono::milliseconds patience);

  /// Gives the connection back if the response was read to its end and it may be reused.
  void finish();

private:
  static constexpr std::size_t k_read_bytes = 16U << 10U;

  [[nodiscard]] net::task<std::optional<error>> exchange_heads(std::span<const std::string_view> pieces);
  [[nodiscard]] net::task<std::optional<error>> read_and_parse(std::chrono::milliseconds timeout);
  [[nodiscard]] error failed(std::string_view what) const;
  [[nodiscard]] bool never_arrived() const;

  upstream_pool& pool_;
  net::cancel_scope& scope_;
  std::chrono::milliseconds first_byte_timeout_;
  std::optional<upstream_pool::lease> lease_;
  std::vector<std::string_view> pieces_;
  std::size_t consumed_ = 0; ///< bytes that pieces_ point into, dropped at the next read
  std::optional<std::uint64_t> acknowledged_before_;
  bool connected_ = false;
  bool sent_anything_ = false;
  bool answered_anything_ = false;
  bool pieces_handed_out_ = false;
  bool timed_out_ = false;
  net::deadline timeout_;
  net::cancel_scope::registration abort_on_cancel_;
};

} // namespace inferenceflow::http
