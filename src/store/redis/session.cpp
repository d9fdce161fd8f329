#include "store/redis/session.h"

#include "net/deadline_wheel.h"
#include "store/redis/command.h"

#include <boost/asio/buffer.hpp>
#include <fmt/format.h>
#include <string>
#include <string_view>
#include <vector>

namespace inferenceflow::redis {

namespace {

constexpr std::string_view k_client_name = "inferenceflow";

/// One step of the log-in: what is sent, and what to say when it is refused.
struct step {
  command what;
  std::string_view name;
  bool needed; ///< else only a server that refuses everything is a reason to give up
};

result<std::vector<step>> login_steps(const address& target) {
  std::vector<step> steps;
  const auto add = [&](std::initializer_list<std::string_view> arguments, bool needed) -> std::optional<error> {
    auto made = make_command(arguments, 0);
    if (!made) {
      return made.error();
    }
    steps.push_back(step{.what = std::move(*made), .name = *arguments.begin(), .needed = needed});
    return std::nullopt;
  };
  std::optional<error> failure;
  if (!target.user.empty()) {
    failure = add({"AUTH", target.user, target.password}, true);
  } else if (!target.password.empty()) {
    failure = add({"AUTH", target.password}, true);
  }
  if (!failure && target.database != 0) {
    const std::string number = std::to_string(target.database);
    failure = add({"SELECT", number}, true);
  }
  if (!failure) { // operators see whose connection it is; and a server that wants a password says so now
    failure = add({"CLIENT", "SETNAME", k_client_name}, false);
  }
  if (failure) {
    return *failure;
  }
  return steps;
}

std::optional<error> refusal(const step& asked, const reply& answer) {
  if (!answer.is(reply_kind::failure)) {
    return std::nullopt;
  }
  // The code alone: a server may quote what it was sent.
  const std::string_view code = failure_code(answer.text);
  const bool given_up = asked.needed || code == "NOAUTH" || code == "DENIED";
  if (!given_up) {
    return std::nullopt;
  }
  const std::string_view advice = code == "NOAUTH" || asked.name == "AUTH" ? "; check user and password of the URL"
                                  : asked.name == "SELECT"                 ? "; check the database number of the URL"
                                  : code == "DENIED" ? "; its protected mode takes local clients only"
                                                     : "";
  return make_error(error_kind::upstream_failed,
                    fmt::format("Redis refused {}: {}{}", asked.name, code.empty() ? "ERR" : code, advice));
}

net::task<std::optional<error>> log_in(session& fresh, const options& settings) {
  auto steps = login_steps(settings.target);
  if (!steps) {
    co_return steps.error();
  }
  std::vector<boost::asio::const_buffer> pieces;
  for (const step& each : *steps) {
    pieces.emplace_back(each.what.bytes().data(), each.what.bytes().size());
  }
  const net::io_result written = co_await fresh.stream.write(pieces);
  if (written.failure) {
    co_return make_error(error_kind::upstream_failed, "connection lost: " + written.failure.message());
  }
  for (const step& each : *steps) {
    const result<reply> answer = co_await fresh.next();
    if (!answer) {
      co_return answer.error();
    }
    if (auto refused = refusal(each, *answer)) {
      co_return refused;
    }
  }
  co_return std::nullopt;
}

} // namespace

void session::close(error why) {
  if (!closed_) {
    closed_ = std::move(why);
    stream.abort();
    writer_wanted.set();
  }
}

net::task<result<reply>> session::next() {
  while (true) {
    auto read = reader_.next();
    if (!read) {
      co_return read.error();
    }
    if (*read) {
      co_return std::move(**read);
    }
    if (closed_) {
      co_return *closed_;
    }
    const auto room = boost::asio::buffer(in_);
    const net::io_result got = co_await stream.read_some(room);
    if (closed_) {
      co_return *closed_;
    }
    if (got.failure) {
      co_return make_error(error_kind::upstream_failed, "connection lost: " + got.failure.message());
    }
    received_ += got.bytes;
    auto fed = reader_.feed(std::string_view{in_.data(), got.bytes});
    if (!fed) {
      co_return fed.error();
    }
  }
}

net::endpoint endpoint_of(const node_name& name, const options& settings) {
  return net::endpoint{.tls = settings.target.tls,
                       .host = name.host,
                       .port = name.port,
                       .ca_file = settings.ca_file,
                       .proxy = std::nullopt,
                       .proxy_authorization = {},
                       .connect_timeout = settings.connect_timeout};
}

net::task<result<std::shared_ptr<session>>> open_session(net::event_loop& loop, net::connector& connector,
                                                         const options& settings, net::cancel_scope& scope) {
  auto opened = co_await connector.connect(scope);
  if (!opened) {
    co_return opened.error();
  }
  auto fresh = std::make_shared<session>(std::move(*opened), settings.reply_bytes_max);
  net::deadline patience{
      loop.wheel(), [&fresh, &settings] {
        fresh->close(make_error(error_kind::upstream_timeout,
                                fmt::format("no answer to the log-in within {} ms", settings.connect_timeout.count())));
      }};
  patience.arm(settings.connect_timeout);
  net::cancel_scope::registration on_cancel{
      scope, [&fresh] { fresh->close(make_error(error_kind::cancelled, "cancelled while logging in")); }};
  if (auto failure = co_await log_in(*fresh, settings)) {
    co_return *failure;
  }
  const auto more = fresh->next_read();
  if (!more || *more) { // it would be taken for the answer to the first command
    co_return make_error(error_kind::upstream_failed, "not a Redis answer: it says more than it was asked");
  }
  co_return fresh;
}

} // namespace inferenceflow::redis
