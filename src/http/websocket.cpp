#include "http/websocket.h"

#include <boost/asio/buffer.hpp>
#include <span>
#include <utility>

namespace inferenceflow::http {

namespace asio = boost::asio;

namespace {
constexpr std::size_t k_read_bytes = 8U << 10U;
} // namespace

/// What one write takes: heads and payloads of a few messages, behind the control frames.
struct websocket::batch {
  std::string control;
  std::array<std::string, k_batch> messages;
  std::array<std::array<char, k_frame_head_bytes_max>, k_batch> heads{};
  std::array<asio::const_buffer, 2 * k_batch> pieces;
  std::size_t count = 0;

  void add(asio::const_buffer piece) { pieces[count++] = piece; }
};

websocket::websocket(raw_connection& connection, const websocket_limits& limits, source next)
    : connection_(connection)
    , limits_(limits)
    , next_(std::move(next))
    , reader_(limits.message_bytes_max)
    , in_(std::move(connection.early))
    , silence_(connection.loop.wheel(), [this] { on_silence(); })
    , write_deadline_(connection.loop.wheel(), [this] { drop(); })
    , close_deadline_(connection.loop.wheel(), [this] { drop(); }) {}

void websocket::drop() {
  dead_ = true;
  connection_.stream.abort();
  wake_.set();
}

void websocket::on_silence() {
  if (pinged_) {
    drop();
    return;
  }
  pinged_ = ping_due_ = true;
  wake_.set();
  silence_.arm(limits_.idle_timeout / 2);
}

void websocket::close(std::uint16_t code, std::string_view reason) {
  if (closing()) {
    return;
  }
  close_asked_ = true;
  close_with_ = code;
  close_reason_ = reason;
  close_deadline_.arm(connection_.write_timeout + k_close_timeout);
  wake_.set();
}

net::task<websocket_input> websocket::receive() {
  const websocket_input over{.what = websocket_input::kind::close};
  while (!dead_ && !peer_closed_) {
    if (auto input = reader_.take()) {
      if (auto told = interpret(std::move(*input))) {
        co_return std::move(*told);
      }
    } else if (reader_.fault()) {
      peer_closed_ = true; // nothing that it sends can be read any more
      close(reader_.fault()->code, reader_.fault()->what);
    } else if (in_taken_ < in_.size()) {
      in_taken_ += reader_.feed(std::string_view{in_}.substr(in_taken_));
    } else if (!co_await read_more()) {
      drop();
    }
  }
  co_return over;
}

std::optional<websocket_input> websocket::interpret(websocket_input input) {
  using enum websocket_input::kind;
  switch (input.what) {
  case ping:
    pong_ = std::move(input.payload);
    wake_.set();
    return std::nullopt;
  case pong: return std::nullopt;
  case close:
    peer_closed_ = true;
    this->close(input.code, {}); // the answer to a close frame has its code
    return input;
  default: break;
  }
  if (close_asked_) { // what was on its way when we said goodbye
    return std::nullopt;
  }
  return input;
}

net::task<bool> websocket::read_more() {
  in_.resize(k_read_bytes);
  in_taken_ = 0;
  silence_.arm(limits_.idle_timeout / 2);
  const auto got = co_await connection_.stream.read_some(asio::buffer(in_));
  silence_.disarm();
  pinged_ = false;
  in_.resize(got.failure ? 0 : got.bytes);
  co_return !got.failure;
}

void websocket::gather(batch& out) {
  if (auto answer = std::exchange(pong_, std::nullopt)) {
    append_control_frame(out.control, websocket_opcode::pong, *answer);
  }
  if (std::exchange(ping_due_, false)) {
    append_control_frame(out.control, websocket_opcode::ping, {});
  }
  if (close_asked_) {
    append_control_frame(out.control, websocket_opcode::close, close_payload(close_with_, close_reason_));
    close_sent_ = true;
  }
  if (!out.control.empty()) { // alone: a batch has no room for one more piece
    out.add(asio::buffer(out.control));
    return;
  }
  for (std::size_t i = 0; i < k_batch; ++i) {
    auto message = next_();
    if (!message) {
      return;
    }
    out.messages[i] = std::move(*message);
    const std::size_t head = write_frame_head(out.heads[i].data(), websocket_opcode::text, out.messages[i].size());
    out.add(asio::buffer(out.heads[i].data(), head));
    out.add(asio::buffer(out.messages[i]));
  }
}

net::task<void> websocket::write_until_closed() {
  while (!dead_ && !close_sent_) {
    batch out;
    gather(out);
    if (out.count == 0) {
      co_await wake_.wait();
      continue;
    }
    write_deadline_.arm(connection_.write_timeout);
    const auto written = co_await connection_.stream.write(std::span{out.pieces}.first(out.count));
    write_deadline_.disarm();
    if (written.failure) {
      drop();
    }
  }
  if (!dead_ && !peer_closed_) {
    close_deadline_.arm(k_close_timeout); // the peer's turn
  }
}

} // namespace inferenceflow::http
