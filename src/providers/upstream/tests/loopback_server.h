/// Answers each connection with the same bytes and remembers what it was sent; for tests.
///
/// Role:      unit tests of providers over HTTP.
/// Lifecycle: construct → use → destroyed, which ends its thread.
/// Threading: its own thread accepts; seen() from any.
/// Bounds:    one connection at a time, 64 KiB of a request's head.
#pragma once

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <chrono>
#include <fmt/format.h>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace inferenceflow::providers::upstream {

class loopback_server {
public:
  /// @param answer  empty: accepts, reads and never answers.
  explicit loopback_server(std::string answer)
      : answer_(std::move(answer))
      , acceptor_(context_, {boost::asio::ip::address_v4::loopback(), 0})
      , thread_([this] { serve(); }) {}
  ~loopback_server() {
    ending_ = true;
    boost::system::error_code ignored;
    boost::asio::ip::tcp::socket wake{context_};
    wake.connect(acceptor_.local_endpoint(), ignored);
    thread_.join();
  }
  loopback_server(const loopback_server&) = delete;
  loopback_server& operator=(const loopback_server&) = delete;

  [[nodiscard]] std::string url() const { return fmt::format("http://127.0.0.1:{}/base", port()); }
  [[nodiscard]] unsigned port() const { return acceptor_.local_endpoint().port(); }
  [[nodiscard]] std::vector<std::string> seen() const {
    const std::lock_guard hold{mutex_};
    return seen_;
  }

private:
  void serve() {
    std::vector<boost::asio::ip::tcp::socket> silent;
    while (!ending_) {
      boost::asio::ip::tcp::socket peer{context_};
      boost::system::error_code failure;
      acceptor_.accept(peer, failure);
      std::string head;
      if (failure || ending_) {
        return;
      }
      boost::asio::read_until(peer, boost::asio::dynamic_buffer(head, 64U << 10U), "\r\n\r\n", failure);
      {
        const std::lock_guard hold{mutex_};
        seen_.push_back(head);
      }
      boost::asio::write(peer, boost::asio::buffer(answer_), failure);
      if (answer_.empty()) {
        silent.push_back(std::move(peer));
      }
    }
  }

  std::string answer_;
  mutable std::mutex mutex_;
  std::vector<std::string> seen_;
  std::atomic<bool> ending_ = false;
  boost::asio::io_context context_;
  boost::asio::ip::tcp::acceptor acceptor_;
  std::thread thread_;
};

} // namespace inferenceflow::providers::upstream
