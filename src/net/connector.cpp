#include "net/connector.h"

#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/detail/base64.hpp>
#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

namespace inferenceflow::net {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

constexpr auto k_await = asio::as_tuple(asio::deferred);
constexpr std::size_t k_proxy_head_bytes_max = 8U << 10U;

error refused(std::string_view step, const error_code& failure) {
  return make_error(error_kind::upstream_failed, fmt::format("{} failed: {}", step, failure.message()));
}

std::string verification_failure(tls_socket& socket, const error_code& failure) {
  const long verdict = SSL_get_verify_result(socket.native_handle());
  if (verdict != X509_V_OK) {
    return fmt::format("TLS certificate not trusted: {}", X509_verify_cert_error_string(verdict));
  }
  return fmt::format("TLS handshake failed: {}", failure.message());
}

std::string host_and_port(const std::string& host, std::uint16_t port) {
  return host.find(':') == std::string::npos ? fmt::format("{}:{}", host, port) : fmt::format("[{}]:{}", host, port);
}

} // namespace

/// One connect in progress: knows what to close when the time is up or nobody waits any more.
class connector::attempt {
public:
  attempt(connector& owner, cancel_scope& scope)
      : owner_(owner)
      , resolver_(owner.context_)
      , socket_(owner.context_)
      , limit_(owner.wheel_,
               [this] {
                 timed_out_ = true;
                 abort();
               })
      , abort_on_cancel_(scope, [this] {
        cancelled_ = true;
        abort();
      }) {
    limit_.arm(owner.target_.connect_timeout);
  }

  task<result<byte_stream>> run() {
    const endpoint& target = owner_.target_;
    const bool tunnelled = target.proxy.has_value();
    const std::string host = tunnelled ? target.proxy->first : target.host;
    const std::uint16_t port = tunnelled ? target.proxy->second : target.port;
    if (auto failure = co_await open_tcp(host, port)) {
      co_return verdict(*failure);
    }
    if (tunnelled && target.tls) {
      if (auto failure = co_await open_tunnel()) {
        co_return verdict(*failure);
      }
    }
    if (!target.tls) {
      co_return byte_stream{std::move(socket_)};
    }
    tls_ = std::make_unique<tls_socket>(std::move(socket_), owner_.tls_);
    if (auto failure = co_await handshake()) {
      co_return verdict(*failure);
    }
    co_return byte_stream{std::move(tls_)};
  }

private:
  void abort() {
    error_code ignored;
    resolver_.cancel();
    (tls_ ? tls_->next_layer() : socket_).close(ignored);
  }

  error verdict(const error& failure) const {
    if (timed_out_) {
      return make_error(error_kind::upstream_timeout,
                        fmt::format("no connection within {} ms", owner_.target_.connect_timeout.count()));
    }
    if (cancelled_) {
      return make_error(error_kind::cancelled, "cancelled while connecting");
    }
    return failure;
  }

  task<std::optional<error>> open_tcp(const std::string& host, std::uint16_t port) {
    const std::string service = std::to_string(port);
    auto [lookup_failure, addresses] = co_await resolver_.async_resolve(host, service, k_await);
    if (lookup_failure || timed_out_ || cancelled_) {
      co_return refused("name lookup", lookup_failure);
    }
    auto [connect_failure, used] = co_await asio::async_connect(socket_, addresses, k_await);
    if (connect_failure || timed_out_ || cancelled_) {
      co_return refused("connect", connect_failure);
    }
    error_code ignored;
    socket_.set_option(asio::ip::tcp::no_delay{true}, ignored);
    co_return std::nullopt;
  }

  task<std::optional<error>> open_tunnel() {
    const std::string authority = host_and_port(owner_.target_.host, owner_.target_.port);
    std::string head = fmt::format("CONNECT {0} HTTP/1.1\r\nHost: {0}\r\n", authority);
    if (!owner_.target_.proxy_authorization.empty()) {
      head += fmt::format("Proxy-Authorization: {}\r\n", owner_.target_.proxy_authorization);
    }
    head += "\r\n";
    auto [write_failure, written] = co_await asio::async_write(socket_, asio::buffer(head), k_await);
    if (write_failure) {
      co_return refused("proxy", write_failure);
    }
    // Byte by byte up to the blank line: bytes after it belong to the tunnel.
    std::string answer;
    while (!answer.ends_with("\r\n\r\n") && answer.size() < k_proxy_head_bytes_max) {
      char byte = 0;
      auto [read_failure, got] = co_await socket_.async_read_some(asio::buffer(&byte, 1), k_await);
      if (read_failure) {
        co_return refused("proxy", read_failure);
      }
      answer.push_back(byte);
    }
    const std::string_view status = std::string_view{answer}.substr(0, std::min<std::size_t>(answer.size(), 12));
    if (!status.starts_with("HTTP/1.") || status.size() < 12 || status[9] != '2') {
      co_return make_error(
          error_kind::upstream_failed,
          fmt::format("proxy refused the tunnel: {}", status.substr(std::min<std::size_t>(9, status.size()))));
    }
    co_return std::nullopt;
  }

  task<std::optional<error>> handshake() {
    const std::string& host = owner_.target_.host;
    error_code not_an_address;
    asio::ip::make_address(host, not_an_address);
    if (not_an_address) { // RFC 6066 §3: names only
      // The macro SSL_set_tlsext_host_name spelled out: it hides a C cast. OpenSSL copies the name.
      // NOLINTNEXTLINE(cppcoreguidelines-pro-type-const-cast): OpenSSL's prototype has no const.
      char* const name = const_cast<char*>(host.c_str());
      SSL_ctrl(tls_->native_handle(), SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, name);
    }
    tls_->set_verify_callback(asio::ssl::host_name_verification{host});
    auto [failure] = co_await tls_->async_handshake(tls_socket::client, k_await);
    if (failure) {
      co_return make_error(error_kind::upstream_failed, verification_failure(*tls_, failure));
    }
    co_return std::nullopt;
  }

  connector& owner_;
  asio::ip::basic_resolver<asio::ip::tcp, loop_executor> resolver_;
  tcp_socket socket_;
  std::unique_ptr<tls_socket> tls_;
  bool timed_out_ = false;
  bool cancelled_ = false;
  deadline limit_;
  cancel_scope::registration abort_on_cancel_;
};

connector::connector(asio::io_context& context, deadline_wheel& wheel, endpoint target)
    : context_(context)
    , wheel_(wheel)
    , target_(std::move(target))
    , tls_(asio::ssl::context::tls_client) {
  if (!target_.tls) {
    return;
  }
  error_code failure;
  tls_.set_options(
      asio::ssl::context::default_workarounds | asio::ssl::context::no_tlsv1 | asio::ssl::context::no_tlsv1_1, failure);
  tls_.set_verify_mode(asio::ssl::verify_peer, failure);
  if (target_.ca_file.empty()) {
    tls_.set_default_verify_paths(failure);
  } else {
    tls_.load_verify_file(target_.ca_file, failure);
  }
  if (failure) {
    setup_error_ = fmt::format("trusted certificates {}: {}", target_.ca_file, failure.message());
  }
}

task<result<byte_stream>> connector::connect(cancel_scope& scope) {
  if (!setup_error_.empty()) {
    co_return make_error(error_kind::upstream_failed, setup_error_);
  }
  attempt connecting{*this, scope};
  co_return co_await connecting.run();
}

namespace {

std::string basic_authorization(std::string_view credentials) {
  std::string encoded(boost::beast::detail::base64::encoded_size(credentials.size()), '\0');
  encoded.resize(boost::beast::detail::base64::encode(encoded.data(), credentials.data(), credentials.size()));
  return "Basic " + encoded;
}

} // namespace

std::optional<parsed_url> parse_url(const std::string& url) {
  parsed_url parsed;
  std::string_view rest = url;
  if (rest.starts_with("https://")) {
    parsed.tls = true;
    rest.remove_prefix(8);
  } else if (rest.starts_with("http://")) {
    rest.remove_prefix(7);
  } else {
    return std::nullopt;
  }
  const std::size_t slash = rest.find('/');
  std::string_view authority = rest.substr(0, slash);
  if (slash != std::string_view::npos) {
    parsed.path = rest.substr(slash);
    while (parsed.path.ends_with('/')) {
      parsed.path.pop_back();
    }
  }
  if (const std::size_t at = authority.rfind('@'); at != std::string_view::npos) {
    parsed.authorization = basic_authorization(authority.substr(0, at));
    authority.remove_prefix(at + 1);
  }
  std::string_view port;
  if (authority.starts_with('[')) {
    const std::size_t close = authority.find(']');
    if (close == std::string_view::npos) {
      return std::nullopt;
    }
    parsed.host = authority.substr(1, close - 1);
    port = authority.substr(close + 1);
    if (!port.empty() && port.front() != ':') {
      return std::nullopt;
    }
  } else {
    const std::size_t colon = authority.find(':');
    parsed.host = authority.substr(0, colon);
    port = colon == std::string_view::npos ? std::string_view{} : authority.substr(colon);
  }
  if (parsed.host.empty() || parsed.host.find_first_of(" \t\r\n?#\\") != std::string::npos) {
    return std::nullopt;
  }
  parsed.port = parsed.tls ? 443 : 80;
  if (!port.empty()) {
    unsigned value = 0;
    for (const char digit : port.substr(1)) {
      if (digit < '0' || digit > '9' || (value = value * 10 + static_cast<unsigned>(digit - '0')) > 65'535) {
        return std::nullopt;
      }
    }
    if (value == 0) {
      return std::nullopt;
    }
    parsed.port = static_cast<std::uint16_t>(value);
  }
  return parsed;
}

} // namespace inferenceflow::net
