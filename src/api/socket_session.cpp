#include "api/socket_session.h"

#include "api/json_text.h"
#include "api/router.h"

#include <algorithm>
#include <array>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <exception>
#include <fmt/format.h>

namespace inferenceflow::api {

namespace asio = boost::asio;
using http::close_code::k_bad_payload;
using http::close_code::k_going_away;

namespace {

constexpr std::string_view k_usual_path = "/v1/chat/completions";

/// Fields of the handshake that say nothing of the requests on the socket.
bool is_of_the_handshake(std::string_view name) {
  static constexpr std::array<std::string_view, 12> k_names{
      "accept", "accept-encoding", "connection", "content-length", "content-type",      "expect",
      "host",   "origin",          "te",         "x-request-id",   "transfer-encoding", "upgrade"};
  std::string lowered{name};
  std::transform(lowered.begin(), lowered.end(), lowered.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return lowered.starts_with("sec-websocket-") || std::find(k_names.begin(), k_names.end(), lowered) != k_names.end();
}

http::websocket_limits limits_of(const config::settings& settings) {
  return {.message_bytes_max = settings.server.websocket.message_bytes_max,
          .idle_timeout = settings.server.websocket.idle_timeout};
}

} // namespace

/// A request and all that its exchange refers to.
struct socket_session::request {
  request(const socket_message& message, const http::request_head& opened, bool add_stream, socket_outlet outlet,
          socket_answer answer)
      : id(message.id)
      , target(message.path.empty() ? k_usual_path : message.path)
      , headers(message.headers)
      , head(head_of(opened))
      , body(socket_body(message.body, add_stream))
      , exchange(head, body, std::move(outlet), std::move(answer)) {}

  /// As if it had come over HTTP: the client's own fields first, then those that the socket was opened with.
  [[nodiscard]] http::request_head head_of(const http::request_head& opened) const {
    http::request_head made;
    made.method = http::verb::post;
    made.method_name = "POST";
    made.target = target;
    made.path = std::string_view{target}.substr(0, target.find('?'));
    made.query = made.path.size() < target.size() ? std::string_view{target}.substr(made.path.size() + 1) : "";
    for (const auto& [name, value] : headers) {
      made.fields.push_back({boost::beast::http::string_to_field(name), name, value});
    }
    std::copy_if(opened.fields.begin(), opened.fields.end(), std::back_inserter(made.fields),
                 [](const auto& given) { return !is_of_the_handshake(given.name); });
    return made;
  }

  std::string id;
  std::string target;
  std::vector<std::pair<std::string, std::string>> headers;
  http::request_head head;
  std::string body;
  socket_exchange exchange;
  socket_turns::line_id line = 0;
  bool served = false; ///< the handler has returned; what is left is to be sent
};

socket_session::socket_session(http::raw_connection& connection, const http::request_head& opened, service& serving)
    : connection_(connection)
    , opened_(opened)
    , serving_(serving)
    , socket_(connection, limits_of(serving.settings()), [this] { return next(); }) {}

net::task<void> socket_session::run() {
  serving_.shared.metrics.websocket_opened();
  writing_ = true;
  asio::co_spawn(connection_.loop.context(), write(shared_from_this()), asio::detached);
  connection_.on_drain = [this] { close_if_drained(); };
  close_if_drained();
  bool reading = true;
  while (reading) {
    try {
      reading = co_await read_one();
    } catch (const std::exception& failure) { // out of memory, in practice; this socket ends, the others go on
      serving_.shared.log.error("socket ended by an exception", {{"reason", failure.what()}});
      reading = false;
    }
  }
  connection_.on_drain = nullptr;
  socket_.close(http::close_code::k_normal, {});
  const auto left = requests_; // one that is given up may retire at once
  for (const auto& [line, asked] : left) {
    asked->exchange.give_up();
  }
  while (writing_ ||
         std::any_of(requests_.begin(), requests_.end(), [](const auto& one) { return !one.second->served; })) {
    co_await ended_.wait();
  }
  serving_.shared.metrics.websocket_closed();
}

net::task<void> socket_session::write(std::shared_ptr<socket_session> self) {
  try {
    co_await self->socket_.write_until_closed();
  } catch (const std::exception& failure) {
    self->serving_.shared.log.error("socket ended by an exception", {{"reason", failure.what()}});
    self->connection_.stream.abort();
  }
  self->writing_ = false;
  self->notices_sent_.set();
  self->ended_.set();
}

net::task<bool> socket_session::read_one() {
  const auto input = co_await socket_.receive();
  switch (input.what) {
  case http::websocket_input::kind::close: co_return false;
  case http::websocket_input::kind::text: take(input.payload); break;
  case http::websocket_input::kind::too_large:
    refuse({},
           make_error(error_kind::body_too_large, fmt::format("a message has at most {} bytes",
                                                              serving_.settings().server.websocket.message_bytes_max)));
    break;
  default: refuse({}, make_error(error_kind::unsupported_media_type, "binary messages are not read: send text")); break;
  }
  serving_.shared.metrics.websocket_received();
  while (turns_.messages(k_notices) >= k_notices_max && writing_) {
    co_await notices_sent_.wait();
  }
  co_return true;
}

void socket_session::take(const std::string& text) {
  if (wire::json::find_invalid_utf8(text) != std::string_view::npos) {
    socket_.close(k_bad_payload, "text is not UTF-8");
    return;
  }
  socket_message message;
  if (const auto read = read_socket_message(index_, text, message); !read) {
    refuse(message.id, read.error());
    return;
  }
  switch (message.what) {
  case socket_message::kind::request: start(message); break;
  case socket_message::kind::cancel: cancel(message); break;
  case socket_message::kind::ping:
    notice(message.id.empty() ? std::string{R"({"type":"pong"})"}
                              : fmt::format(R"({{"type":"pong","id":{}}})", json_string(message.id)));
    break;
  }
}

void socket_session::start(const socket_message& message) {
  const std::string_view target = message.path.empty() ? k_usual_path : std::string_view{message.path};
  const socket_use use = use_on_socket(target.substr(0, target.find('?')));
  if (use == socket_use::none) {
    return refuse(message.id, make_error(error_kind::not_found, "path: not served on a socket", "path"));
  }
  if (running(message.id)) {
    return refuse(message.id, make_error(error_kind::conflict, "id: a request of this id is running", "id"));
  }
  if (connection_.draining) {
    return refuse(message.id, make_error(error_kind::unavailable, "the server is shutting down"));
  }
  const auto& settings = serving_.settings(); // those of now: a socket outlives reloads
  const std::size_t requests_max = settings.server.websocket.requests_max;
  if (requests_.size() >= requests_max) {
    return refuse(message.id, make_error(error_kind::rate_limited,
                                         fmt::format("a socket has at most {} requests at a time", requests_max)));
  }
  const auto line = ++last_line_;
  auto asked = std::make_shared<request>(
      message, opened_, use == socket_use::streams && !message.says_stream,
      socket_outlet{.loop = connection_.loop, .turns = turns_, .line = line, .wake = [this] { socket_.wake(); }},
      socket_answer{index_, message.id, settings.upstream.event_bytes_max});
  asked->line = line;
  requests_.emplace(line, asked);
  try {
    asio::co_spawn(connection_.loop.context(), serve(shared_from_this(), std::move(asked)), asio::detached);
  } catch (...) { // nobody would ever serve it, and run() would wait for that
    requests_.erase(line);
    throw;
  }
}

net::task<void> socket_session::serve(std::shared_ptr<socket_session> self, std::shared_ptr<request> asked) {
  try {
    co_await serve_on_socket(asked->exchange, self->serving_);
  } catch (const std::exception&) {
    // The router has told of it. The client is told below.
  }
  asked->exchange.conclude();
  asked->served = true;
  self->retire_if_sent(*asked);
  self->ended_.set();
}

void socket_session::cancel(const socket_message& message) {
  const auto asked = running(message.id);
  if (!asked) {
    return refuse(message.id, make_error(error_kind::not_found, "id: no request of this id is running", "id"));
  }
  asked->exchange.give_up();
}

std::shared_ptr<socket_session::request> socket_session::running(std::string_view id) const {
  const auto found = std::find_if(requests_.begin(), requests_.end(), [id](const auto& one) {
    return one.second->id == id && !one.second->exchange.over(); // over: its id is free again
  });
  return found == requests_.end() ? nullptr : found->second;
}

void socket_session::refuse(std::string_view id, const error& why) {
  notice(socket_error(id, why));
}

void socket_session::notice(std::string message) {
  turns_.put(k_notices, std::move(message));
  socket_.wake();
}

std::optional<std::string> socket_session::next() {
  auto taken = turns_.next();
  if (!taken) {
    close_if_drained();
    return std::nullopt;
  }
  serving_.shared.metrics.websocket_sent();
  if (taken->line == k_notices) {
    notices_sent_.set();
  } else if (const auto at = requests_.find(taken->line); at != requests_.end()) {
    const auto asked = at->second;
    asked->exchange.room_freed();
    retire_if_sent(*asked);
  }
  return std::move(taken->message);
}

void socket_session::retire_if_sent(const request& done) {
  if (done.served && turns_.messages(done.line) == 0) {
    requests_.erase(done.line);
    close_if_drained();
  }
}

void socket_session::close_if_drained() {
  if (connection_.draining && requests_.empty() && turns_.empty()) {
    socket_.close(k_going_away, "the server is shutting down");
  }
}

} // namespace inferenceflow::api
