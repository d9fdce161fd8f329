#include "http/server.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>
#include <fmt/format.h>
#include <optional>
#include <sys/socket.h>

namespace inferenceflow::http {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

constexpr auto k_await = asio::as_tuple(asio::deferred);
constexpr std::chrono::milliseconds k_accept_pause{100};

using reuse_port = asio::detail::socket_option::boolean<SOL_SOCKET, SO_REUSEPORT>;

} // namespace

result<std::shared_ptr<asio::ssl::context>> load_server_tls(const std::string& certificate_file,
                                                            const std::string& key_file) {
  auto context = std::make_shared<asio::ssl::context>(asio::ssl::context::tls_server);
  error_code failure;
  context->set_options(
      asio::ssl::context::default_workarounds | asio::ssl::context::no_tlsv1 | asio::ssl::context::no_tlsv1_1, failure);
  context->use_certificate_chain_file(certificate_file, failure);
  if (failure) {
    return make_error(error_kind::invalid_request,
                      fmt::format("TLS certificate {}: {}", certificate_file, failure.message()));
  }
  context->use_private_key_file(key_file, asio::ssl::context::pem, failure);
  if (failure) {
    return make_error(error_kind::invalid_request, fmt::format("TLS key {}: {}", key_file, failure.message()));
  }
  return context;
}

server::server(net::event_loop& loop, server_options options, std::atomic<std::size_t>& open_connections)
    : loop_(loop)
    , options_(std::move(options))
    , open_connections_(open_connections)
    , acceptor_(loop.context()) {}

server::~server() {
  open_connections_ -= connections_.size();
}

namespace {

/// A socket bound to the address. @param shared  with SO_REUSEPORT.
template <class Acceptor>
std::optional<error> bind_to(Acceptor& acceptor, const std::string& host, std::uint16_t port, bool shared) {
  const auto failed = [&](std::string_view step, const error_code& failure) {
    return make_error(error_kind::unavailable,
                      fmt::format("cannot listen on {}:{}: {}: {}", host, port, step, failure.message()));
  };
  error_code failure;
  asio::ip::tcp::resolver resolver{acceptor.get_executor()};
  const auto addresses = resolver.resolve(host, std::to_string(port), asio::ip::tcp::resolver::passive, failure);
  if (failure || addresses.empty()) {
    return failed("address", failure);
  }
  const asio::ip::tcp::endpoint where = addresses.begin()->endpoint();
  acceptor.open(where.protocol(), failure);
  if (failure) {
    return failed("socket", failure);
  }
  acceptor.set_option(asio::socket_base::reuse_address{true}, failure);
  if (shared) {
    acceptor.set_option(reuse_port{true}, failure);
  }
  acceptor.bind(where, failure);
  if (failure) {
    return failed("bind", failure);
  }
  return std::nullopt;
}

} // namespace

result<void> check_address_free(const std::string& host, std::uint16_t port) {
  asio::io_context context;
  asio::ip::tcp::acceptor probe{context};
  if (auto failure = bind_to(probe, host, port, false)) {
    return *failure;
  }
  return {};
}

result<std::uint16_t> server::listen(const std::string& host, std::uint16_t port) {
  if (auto failure = bind_to(acceptor_, host, port, true)) {
    return *failure;
  }
  error_code failure;
  acceptor_.listen(asio::socket_base::max_listen_connections, failure);
  if (failure) {
    return make_error(error_kind::unavailable,
                      fmt::format("cannot listen on {}:{}: {}", host, port, failure.message()));
  }
  return acceptor_.local_endpoint(failure).port();
}

void server::start() {
  asio::co_spawn(loop_.context(), accept_loop(), asio::detached);
}

net::task<void> server::accept_loop() {
  while (acceptor_.is_open()) {
    net::tcp_socket socket{loop_.context()};
    auto [failure] = co_await acceptor_.async_accept(socket, k_await);
    if (!failure) {
      admit(std::move(socket));
    } else if (failure != asio::error::operation_aborted && failure != asio::error::connection_aborted) {
      // Out of descriptors or memory: accepting again at once would only burn the core.
      asio::basic_waitable_timer<std::chrono::steady_clock, asio::wait_traits<std::chrono::steady_clock>,
                                 net::loop_executor>
          pause{loop_.context(), k_accept_pause};
      co_await pause.async_wait(k_await);
    }
  }
}

void server::admit(net::tcp_socket socket) {
  error_code ignored;
  if (!acceptor_.is_open()) { // accepted just before drain(), which has not seen it
    return;
  }
  socket.set_option(asio::ip::tcp::no_delay{true}, ignored);
  if (open_connections_.fetch_add(1, std::memory_order_relaxed) >= options_.connections_max) {
    open_connections_.fetch_sub(1, std::memory_order_relaxed);
    if (!options_.tls) {
      const rendered_error full =
          options_.render(make_error(error_kind::unavailable, "too many connections; try again later"));
      const std::string text = fmt::format("{}{}Content-Length: {}\r\nRetry-After: 1\r\nConnection: close\r\n\r\n{}",
                                           status_line(full.status), full.headers, full.body.size(), full.body);
      socket.non_blocking(true, ignored);
      socket.write_some(asio::buffer(text), ignored);
    }
    return;
  }
  auto stream = options_.tls ? net::byte_stream{std::make_unique<net::tls_socket>(std::move(socket), *options_.tls)}
                             : net::byte_stream{std::move(socket)};
  const auto connection = connections_.emplace(connections_.end(), loop_, std::move(stream), options_.limits,
                                               options_.handle, options_.render);
  if (options_.on_connection) {
    options_.on_connection(true);
  }
  asio::co_spawn(loop_.context(), run(connection), asio::detached);
}

net::task<void> server::run(connection_list::iterator connection) {
  try {
    co_await connection->serve();
  } catch (const std::exception& failure) {
    // Out of memory while reading or refusing: this connection ends, the others go on.
    if (options_.on_exception) {
      options_.on_exception(failure);
    }
  }
  if (options_.on_connection) {
    options_.on_connection(false);
  }
  connections_.erase(connection);
  open_connections_.fetch_sub(1, std::memory_order_relaxed);
}

void server::drain() {
  error_code ignored;
  acceptor_.close(ignored);
  for (auto& connection : connections_) {
    connection.drain();
  }
}

void server::abort() {
  for (auto& connection : connections_) {
    connection.abort();
  }
}

} // namespace inferenceflow::http
