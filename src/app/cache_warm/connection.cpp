#include "app/cache_warm/connection.h"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/write.hpp>
#include <boost/json.hpp>
#include <charconv>
#include <fmt/format.h>

namespace inferenceflow::app::cache_warm {

namespace asio = boost::asio;
namespace http = boost::beast::http;

namespace {

/// Not `deferred`, which Beast 1.81 cannot connect with.
constexpr auto k_await = asio::as_tuple(asio::use_awaitable_t<net::loop_executor>{});
constexpr std::size_t k_message_bytes_max = 300;
using resolver = asio::ip::basic_resolver<asio::ip::tcp, net::loop_executor>;

/// The text of an error in any of the forms that the gateway speaks, on one line.
std::string message_of(std::string_view body) {
  boost::system::error_code malformed;
  const auto document = boost::json::parse(boost::json::string_view{body.data(), body.size()}, malformed);
  std::string text;
  if (!malformed && document.is_object()) {
    const auto* inner = document.get_object().if_contains("error");
    const auto& holder = inner != nullptr && inner->is_object() ? inner->get_object() : document.get_object();
    const auto* message = holder.if_contains("message");
    if (message != nullptr && message->is_string()) {
      text = message->get_string();
    }
  }
  text.resize(std::min(text.size(), k_message_bytes_max));
  std::replace_if(
      text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }, ' ');
  return text;
}

warm_answer answer_of(const http::response<http::string_body>& got) {
  warm_answer answer;
  answer.status = static_cast<int>(got.result_int());
  answer.cache = got["x-inferenceflow-cache"];
  answer.cost = parse_usd(got["x-inferenceflow-cost"]);
  const std::string_view wait = got[http::field::retry_after];
  std::int64_t seconds = 0;
  const auto [end, failure] = std::from_chars(wait.data(), wait.data() + wait.size(), seconds);
  if (!wait.empty() && failure == std::errc{} && end == wait.data() + wait.size() && seconds >= 0) {
    answer.retry_after = std::chrono::seconds{seconds};
  }
  if (answer.status >= 400) {
    answer.message = message_of(got.body());
  }
  return answer;
}

} // namespace

connection::connection(asio::io_context& context, const gateway_address& where)
    : where_(where)
    , stream_(context) {}

connection::message connection::write(const warm_request& asked) const {
  message out{http::verb::post, where_.base.path + asked.path, 11, asked.body};
  const bool v6 = where_.base.host.find(':') != std::string::npos;
  out.set(http::field::host,
          fmt::format("{}{}{}:{}", v6 ? "[" : "", where_.base.host, v6 ? "]" : "", where_.base.port));
  out.set(http::field::user_agent, "inferenceflow-cache-warm");
  out.set(http::field::content_type, "application/json");
  out.set("x-inferenceflow-cache", "always");
  if (!asked.tenant.empty()) {
    out.set("x-inferenceflow-tenant", asked.tenant);
  }
  if (!where_.key.empty()) {
    out.set(http::field::authorization, "Bearer " + where_.key);
  }
  for (const auto& [name, value] : where_.headers) {
    out.set(name, value);
  }
  out.prepare_payload();
  return out;
}

net::task<result<void>> connection::connect() {
  const std::string port = std::to_string(where_.base.port);
  resolver names{stream_.get_executor()};
  stream_.expires_after(k_connect_patience);
  auto [unknown, found] = co_await names.async_resolve(where_.base.host, port, k_await);
  auto failure = unknown;
  if (!failure) {
    const auto [refused, endpoint] = co_await stream_.async_connect(found, k_await);
    failure = refused;
  }
  if (closed_) {
    co_return make_error(error_kind::cancelled, "interrupted");
  }
  if (failure) {
    co_return make_error(error_kind::unavailable,
                         fmt::format("{}: {}; start the gateway with `inferenceflow serve --config FILE`, or name "
                                     "another with --url",
                                     where_.url, failure.message()));
  }
  connected_ = true;
  co_return result<void>{};
}

net::task<result<warm_answer>> connection::exchange(const message& out) {
  stream_.expires_after(k_answer_patience);
  const auto [unsent, sent_bytes] = co_await http::async_write(stream_, out, k_await);
  boost::beast::flat_buffer buffer;
  http::response_parser<http::string_body> parser;
  parser.body_limit(k_answer_bytes_max);
  auto failure = unsent;
  if (!failure) {
    const auto [unread, got_bytes] = co_await http::async_read(stream_, buffer, parser, k_await);
    failure = unread;
  }
  connected_ = !failure && parser.get().keep_alive();
  if (!connected_ && !closed_) {
    stream_.close();
  }
  if (closed_) {
    co_return make_error(error_kind::cancelled, "interrupted");
  }
  if (failure) {
    error why = make_error(error_kind::upstream_failed, failure.message());
    // Closed before a byte of the answer: as the gateway does with a connection that it tired of.
    why.retryable = failure == http::error::end_of_stream || failure == asio::error::connection_reset ||
                    failure == asio::error::broken_pipe;
    co_return why;
  }
  co_return answer_of(parser.get());
}

net::task<result<warm_answer>> connection::send(const warm_request& asked) {
  const message out = write(asked);
  for (bool fresh = false;; fresh = true) {
    if (!connected_) {
      fresh = true;
      if (const auto opened = co_await connect(); !opened) {
        co_return opened.error();
      }
    }
    auto got = co_await exchange(out);
    if (got || fresh || !got.error().retryable) {
      co_return got;
    }
  }
}

void connection::close() {
  closed_ = true;
  stream_.close();
}

} // namespace inferenceflow::app::cache_warm
