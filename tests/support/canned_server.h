/// The server behind the benchmarks' upstreams: one thread, canned answers, keep-alive.
///
/// Role:      fast_upstream and native_upstream give it their answers, so that only the proxy before it is measured.
/// Lifecycle: serve() prints the port and returns never.
/// Threading: one.
/// Bounds:    requests up to k_request_bytes_max; a longer one ends the connection.
#pragma once

#include <array>
#include <boost/asio.hpp>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace canned {

namespace asio = boost::asio;
using asio::ip::tcp;

constexpr std::size_t k_request_bytes_max = 1U << 20U;

/// What arrives as separate writes, head included.
using pieces = std::vector<std::string>;

/// Request head (with its target) and body → the answer; it lives as long as the server.
using chooser = std::function<const pieces&(std::string_view head, std::string_view body)>;

inline std::string chunk(const std::string& data) {
  char size[20];
  std::snprintf(size, sizeof size, "%zx\r\n", data.size());
  return size + data + "\r\n";
}

inline std::string json_head(std::size_t bytes) {
  return "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(bytes) +
         "\r\nopenai-processing-ms: 12\r\n\r\n";
}

/// Content-Length of a request head; 0 when there is none. Header names in any case.
inline std::size_t content_length(std::string_view head) {
  constexpr std::string_view k_name = "content-length:";
  for (std::size_t at = head.find("\r\n"); at != std::string_view::npos; at = head.find("\r\n", at + 2)) {
    const std::string_view line = head.substr(at + 2, k_name.size());
    bool same = line.size() == k_name.size();
    for (std::size_t i = 0; same && i < line.size(); ++i) {
      same = (line[i] | 0x20) == (k_name[i] | 0x20);
    }
    if (same) {
      return std::strtoull(head.data() + at + 2 + k_name.size(), nullptr, 10);
    }
  }
  return 0;
}

class session : public std::enable_shared_from_this<session> {
public:
  session(tcp::socket socket, const chooser& choose)
      : socket_(std::move(socket))
      , choose_(choose) {
    socket_.set_option(tcp::no_delay(true));
  }
  void read() {
    socket_.async_read_some(asio::buffer(input_),
                            [self = shared_from_this()](const boost::system::error_code& failed, std::size_t count) {
                              if (!failed) {
                                self->pending_.append(self->input_.data(), count);
                                self->next();
                              }
                            });
  }

private:
  void next() {
    const std::size_t head_end = pending_.find("\r\n\r\n");
    if (head_end == std::string::npos || pending_.size() > k_request_bytes_max) {
      return pending_.size() > k_request_bytes_max ? void() : read();
    }
    const std::size_t whole = head_end + 4 + content_length(std::string_view(pending_).substr(0, head_end));
    if (pending_.size() < whole) {
      return read();
    }
    const std::string_view request{pending_};
    const pieces& answer = choose_(request.substr(0, head_end), request.substr(head_end + 4, whole - head_end - 4));
    pending_.erase(0, whole);
    write(answer, 0);
  }
  void again() { pending_.empty() ? read() : next(); }
  void write(const pieces& answer, std::size_t index) {
    if (index == answer.size()) {
      return again();
    }
    asio::async_write(
        socket_, asio::buffer(answer[index]),
        [self = shared_from_this(), &answer, index](const boost::system::error_code& failed, std::size_t) {
          if (!failed) {
            self->write(answer, index + 1);
          }
        });
  }

  tcp::socket socket_;
  const chooser& choose_;
  std::array<char, 16384> input_{};
  std::string pending_;
};

inline void accept(tcp::acceptor& acceptor, const chooser& choose) {
  acceptor.async_accept([&](const boost::system::error_code& failed, tcp::socket socket) {
    if (!failed) {
      std::make_shared<session>(std::move(socket), choose)->read();
    }
    accept(acceptor, choose);
  });
}

/// Serves on a free loopback port, which it prints; never returns.
inline void serve(const chooser& choose) {
  asio::io_context loop(1);
  tcp::acceptor acceptor(loop, {asio::ip::address_v4::loopback(), 0});
  acceptor.listen(4096);
  std::printf("%u\n", static_cast<unsigned>(acceptor.local_endpoint().port()));
  std::fflush(stdout);
  accept(acceptor, choose);
  loop.run();
}

} // namespace canned
