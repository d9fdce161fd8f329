/// A server that says the same to everybody, whatever it is asked.
///
/// Role:      what a client must survive.
/// Lifecycle: construct listens; destruction closes everything.
/// Threading: its own thread.
/// Bounds:    none.
#pragma once

#include <algorithm>
#include <boost/asio.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>

namespace inferenceflow::redis::testing_support {

class odd_server {
public:
  /// @param text    said once to a connection, or to each command (as many as it reads asterisks) if `repeats`.
  /// @param closes  hangs up when that was said.
  /// @param port    0 = any.
  odd_server(std::string text, bool closes, bool repeats = false, std::uint16_t port = 0)
      : text_(std::move(text))
      , closes_(closes)
      , repeats_(repeats)
      , acceptor_(context_, {boost::asio::ip::address_v4::loopback(), port}) {
    accept();
    thread_ = std::thread([this] { context_.run(); });
  }
  ~odd_server() {
    context_.stop();
    thread_.join();
  }
  odd_server(const odd_server&) = delete;
  odd_server& operator=(const odd_server&) = delete;

  [[nodiscard]] std::string url() const {
    return "redis://127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port());
  }

private:
  using socket = std::shared_ptr<boost::asio::ip::tcp::socket>;

  void accept() {
    acceptor_.async_accept([this](const boost::system::error_code& failure, boost::asio::ip::tcp::socket opened) {
      if (!failure) {
        listen(std::make_shared<boost::asio::ip::tcp::socket>(std::move(opened)), true);
        accept();
      }
    });
  }
  /// Speaks after the first thing that it reads, as a server that does not understand it would.
  void listen(const socket& peer, bool speaks) {
    auto bytes = std::make_shared<std::string>(4'096, '\0');
    auto heard = [this, peer, bytes, speaks](const boost::system::error_code& failure, std::size_t count) {
      boost::system::error_code ignored;
      if (failure) {
        return;
      }
      const auto end = bytes->begin() + static_cast<std::ptrdiff_t>(count);
      const auto times = repeats_ ? std::count(bytes->begin(), end, '*') : std::ptrdiff_t{speaks ? 1 : 0};
      for (std::ptrdiff_t i = 0; i < times; ++i) {
        boost::asio::write(*peer, boost::asio::buffer(text_), ignored);
      }
      if (closes_) {
        peer->close(ignored);
        return;
      }
      listen(peer, false);
    };
    peer->async_read_some(boost::asio::buffer(*bytes), std::move(heard));
  }

  std::string text_;
  bool closes_;
  bool repeats_;
  boost::asio::io_context context_;
  boost::asio::ip::tcp::acceptor acceptor_;
  std::thread thread_;
};

} // namespace inferenceflow::redis::testing_support
