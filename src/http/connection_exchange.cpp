#include "http/connection_exchange.h"

#include "http/server_connection.h"

#include <array>
#include <boost/assert.hpp>
#include <charconv>

namespace inferenceflow::http {

namespace asio = boost::asio;

namespace {

constexpr int k_switching = 101;

std::string_view common_status_line(int status) {
  if (status == 200) {
    return "HTTP/1.1 200 OK\r\n";
  }
  thread_local std::string line;
  line = status_line(status);
  return line;
}

} // namespace

connection_exchange::~connection_exchange() {
  if (raw_) {
    connection_.raw_ = nullptr;
  }
}

net::event_loop& connection_exchange::loop() noexcept {
  return connection_.loop_;
}

void connection_exchange::watch_client() {
  connection_.start_watch(scope());
}

std::string connection_exchange::head_text(int status, std::string_view headers, std::string_view framing) const {
  const std::string_view line = common_status_line(status);
  const bool closing = status != k_switching && (!head().keep_alive || connection_.draining_ || ends_by_close_);
  std::string text;
  text.reserve(line.size() + headers.size() + framing.size() + 128);
  text.append(line).append(headers).append(framing);
  text.append("Date: ").append(date_now()).append("\r\n");
  if (closing) {
    text.append("Connection: close\r\n");
  } else if (head().version == 10) {
    text.append("Connection: keep-alive\r\n");
  }
  text.append("\r\n");
  return text;
}

net::task<bool> connection_exchange::put(std::string_view first, std::string_view second, std::string_view third) {
  if (connection_.peer_gone_) {
    co_return false;
  }
  const std::array<asio::const_buffer, 3> pieces{asio::buffer(first), asio::buffer(second), asio::buffer(third)};
  connection_.write_deadline_.arm(connection_.limits_.write_timeout);
  const auto written = co_await connection_.stream_.write(pieces);
  connection_.write_deadline_.disarm();
  if (written.failure) {
    connection_.peer_gone_ = true;
    scope().cancel();
    co_return false;
  }
  co_return true;
}

net::task<bool> connection_exchange::send(int status, std::string_view headers, std::string_view body) {
  BOOST_ASSERT_MSG(!started(), "an exchange is answered once");
  begin(status);
  end();
  std::array<char, 48> framing{};
  static constexpr std::string_view k_name = "Content-Length: ";
  char* at = std::copy(k_name.begin(), k_name.end(), framing.data());
  at = std::to_chars(at, framing.data() + framing.size() - 2, body.size()).ptr;
  *at++ = '\r';
  *at++ = '\n';
  const bool bodiless = status == 204 || status == 304 || head().method == verb::head;
  std::string head = head_text(status, headers,
                               status == 204 || status == 304
                                   ? std::string_view{}
                                   : std::string_view{framing.data(), static_cast<std::size_t>(at - framing.data())});
  const std::string_view sent_body = bodiless ? std::string_view{} : body;
  co_return co_await put(head, sent_body, {});
}

net::task<bool> connection_exchange::begin_stream(int status, std::string_view headers) {
  BOOST_ASSERT_MSG(!started(), "an exchange is answered once");
  begin(status);
  chunked_ = head().version == 11;
  ends_by_close_ = !chunked_;
  const std::string head = head_text(status, headers, chunked_ ? "Transfer-Encoding: chunked\r\n" : "");
  co_return co_await put(head, {}, {});
}

net::task<bool> connection_exchange::write(std::string_view piece) {
  BOOST_ASSERT(started() && !finished());
  if (piece.empty()) {
    co_return !connection_.peer_gone_;
  }
  if (!chunked_) {
    co_return co_await put(piece, {}, {});
  }
  std::array<char, 24> size{};
  char* at = std::to_chars(size.data(), size.data() + size.size() - 2, piece.size(), 16).ptr;
  *at++ = '\r';
  *at++ = '\n';
  co_return co_await put({size.data(), static_cast<std::size_t>(at - size.data())}, piece, "\r\n");
}

net::task<bool> connection_exchange::finish(std::string_view trailers) {
  BOOST_ASSERT(started() && !finished());
  end();
  if (!chunked_) {
    co_return !connection_.peer_gone_;
  }
  co_return co_await put("0\r\n", trailers, "\r\n");
}

net::task<bool> connection_exchange::switch_protocols(std::string_view headers) {
  BOOST_ASSERT_MSG(!started(), "an exchange is answered once");
  begin(k_switching);
  end();
  ends_by_close_ = true;
  const std::string head = head_text(k_switching, headers, {});
  const bool sent = co_await put(head, {}, {});
  if (!sent) {
    co_return false;
  }
  const auto ahead = connection_.in_.data();
  raw_.emplace(raw_connection{.stream = connection_.stream_,
                              .loop = connection_.loop_,
                              .write_timeout = connection_.limits_.write_timeout,
                              .early = {static_cast<const char*>(ahead.data()), ahead.size()},
                              .draining = connection_.draining_,
                              .on_drain = {}});
  connection_.in_.clear();
  connection_.raw_ = &*raw_;
  connection_.watched_ = &scope(); // nobody else reads; abort() still cancels it
  hand_over(*raw_);
  co_return true;
}

} // namespace inferenceflow::http
