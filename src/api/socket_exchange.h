/// One request of a socket: what handlers take for an HTTP exchange.
///
/// Role:      socket_session makes one per request; its answer becomes messages in the socket's line.
/// Lifecycle: constructed → a handler answers through it → conclude().
/// Threading: the socket's event loop.
/// Bounds:    a handler waits while the line has no room; what it gives is taken k_slice_bytes at a time.
/// Source:    docs/websocket.md.
#pragma once

#include "api/socket_answer.h"
#include "api/socket_turns.h"
#include "http/exchange.h"
#include "net/wake_event.h"

#include <functional>
#include <string>
#include <string_view>

namespace inferenceflow::api {

/// Where a request's messages go. Lifetime: what it refers to outlives the exchange.
struct socket_outlet {
  net::event_loop& loop;
  socket_turns& turns;
  socket_turns::line_id line = 0;
  std::function<void()> wake; ///< the line has a new message
};

class socket_exchange final : public http::exchange {
public:
  static constexpr std::size_t k_slice_bytes = 16U << 10U;

  socket_exchange(const http::request_head& head, std::string& body, socket_outlet outlet, socket_answer answer)
      : exchange(head, body)
      , outlet_(std::move(outlet))
      , answer_(std::move(answer)) {}

  [[nodiscard]] net::event_loop& loop() noexcept override { return outlet_.loop; }
  /// Nothing to do: the socket is always read, and gives its requests up when it ends.
  void watch_client() override {}
  [[nodiscard]] net::task<bool> send(int status, std::string_view headers, std::string_view body) override;
  [[nodiscard]] net::task<bool> begin_stream(int status, std::string_view headers) override;
  [[nodiscard]] net::task<bool> write(std::string_view piece) override;
  [[nodiscard]] net::task<bool> finish(std::string_view trailers) override;
  /// False: a request of a socket has no connection of its own.
  [[nodiscard]] net::task<bool> switch_protocols(std::string_view headers) override;

  /// The client does not want this answer any more: what waits to be sent is dropped, and the scope cancelled.
  void give_up();
  /// The line may have room again.
  void room_freed() { room_.set(); }
  /// The handler has returned: sees to that the client hears of an end.
  void conclude();
  /// The client has been sent the last message of this request.
  [[nodiscard]] bool over() const { return told_end_ && outlet_.turns.messages(outlet_.line) == 0; }

private:
  void put(std::string message);
  [[nodiscard]] net::task<bool> put_events(std::string_view bytes);

  socket_outlet outlet_;
  socket_answer answer_;
  net::wake_event room_;
  bool told_end_ = false;
};

} // namespace inferenceflow::api
