#include "store/redis/subscriber.h"

#include "net/cancel_scope.h"
#include "net/connector.h"
#include "net/deadline_wheel.h"
#include "store/redis/backoff.h"
#include "store/redis/command.h"
#include "store/redis/session.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>
#include <utility>

namespace inferenceflow::redis {

namespace asio = boost::asio;

namespace {
constexpr auto k_await = asio::as_tuple(asio::deferred);
}

class subscriber::listener : public std::enable_shared_from_this<listener> {
public:
  listener(net::event_loop& loop, options settings, std::string channel, subscription_events events, std::uint64_t seed)
      : loop_(loop)
      , settings_(std::move(settings))
      , channel_(std::move(channel))
      , events_(std::move(events))
      , backoff_(settings_.backoff_base, settings_.backoff_max, seed)
      , pause_(loop.context()) {}

  void start() {
    if (!std::exchange(started_, true)) {
      asio::co_spawn(loop_.context(), listen(shared_from_this()), asio::detached);
    }
  }

  void stop() {
    stopped_ = true;
    scope_.cancel();
    pause_.cancel();
    if (session_ != nullptr) {
      session_->close(make_error(error_kind::cancelled, "stopped"));
    }
  }

  [[nodiscard]] bool listening() const noexcept { return listening_; }
  [[nodiscard]] std::uint64_t subscriptions() const noexcept { return subscriptions_; }

private:
  net::task<void> listen([[maybe_unused]] std::shared_ptr<listener> self) {
    const auto& seeds = settings_.target.seeds;
    for (std::size_t turn = 0; !stopped_; ++turn) { // a seed that fails is followed by the next one
      net::connector connector{loop_.context(), loop_.wheel(), endpoint_of(seeds[turn % seeds.size()], settings_)};
      auto opened = co_await open_session(loop_, connector, settings_, scope_);
      if (stopped_) {
        break;
      }
      if (opened) {
        session_ = *opened;
        co_await serve();
        session_->close(make_error(error_kind::upstream_failed, "given up"));
        session_.reset();
        listening_ = false;
      }
      if (!stopped_) {
        pause_.expires_after(backoff_.next());
        [[maybe_unused]] auto [cancelled] = co_await pause_.async_wait(k_await);
      }
    }
  }

  net::task<void> serve() {
    const auto subscribe = make_command({"SUBSCRIBE", channel_}, 0);
    if (!subscribe || !co_await written(*subscribe)) {
      co_return;
    }
    const auto open = session_;
    bool pinged = false;
    net::deadline silence{loop_.wheel(), [&] {
                            if (std::exchange(pinged, true)) {
                              open->close(make_error(error_kind::upstream_timeout, "silent"));
                            } else {
                              asio::co_spawn(loop_.context(), ping(shared_from_this(), open), asio::detached);
                              silence.arm(k_silence_max);
                            }
                          }};
    while (!stopped_) {
      silence.arm(k_silence_max);
      const result<reply> heard = co_await open->next();
      pinged = false;
      if (stopped_ || !heard || !tell(*heard)) {
        co_return;
      }
    }
  }

  /// @returns false for what no subscriber is told.
  bool tell(const reply& heard) {
    if (!heard.is(reply_kind::list) || heard.elements.empty() || !heard.elements[0].is(reply_kind::text)) {
      return false;
    }
    const std::string& kind = heard.elements[0].text;
    if (kind == "message" && heard.elements.size() == 3) {
      events_.on_message(heard.elements[2].text);
      return true;
    }
    if (kind == "subscribe") {
      listening_ = true;
      backoff_.reset();
      events_.on_gap(subscriptions_++ == 0);
      return true;
    }
    return kind == "pong";
  }

  net::task<bool> written(command what) {
    const asio::const_buffer piece{what.bytes().data(), what.bytes().size()};
    const net::io_result done = co_await session_->stream.write({&piece, 1});
    co_return !done.failure;
  }

  /// Nothing else writes once SUBSCRIBE is out.
  net::task<void> ping([[maybe_unused]] std::shared_ptr<listener> self, std::shared_ptr<session> open) {
    const auto what = make_command({"PING"}, 0);
    const asio::const_buffer piece{what->bytes().data(), what->bytes().size()};
    if (!open->closed() && !std::exchange(pinging_, true)) {
      [[maybe_unused]] const net::io_result done = co_await open->stream.write({&piece, 1});
      pinging_ = false;
    }
  }

  net::event_loop& loop_;
  options settings_;
  std::string channel_;
  subscription_events events_;
  backoff backoff_;
  asio::steady_timer pause_;
  net::cancel_scope scope_;
  std::shared_ptr<session> session_;
  std::uint64_t subscriptions_ = 0;
  bool listening_ = false;
  bool pinging_ = false; ///< a write is outstanding
  bool started_ = false;
  bool stopped_ = false;
};

subscriber::subscriber(net::event_loop& loop, options settings, std::string channel, subscription_events events,
                       std::uint64_t seed)
    : listener_(std::make_shared<listener>(loop, std::move(settings), std::move(channel), std::move(events), seed)) {}

subscriber::~subscriber() {
  stop();
}

void subscriber::start() {
  listener_->start();
}

void subscriber::stop() {
  listener_->stop();
}

bool subscriber::listening() const noexcept {
  return listener_->listening();
}

std::uint64_t subscriber::subscriptions() const noexcept {
  return listener_->subscriptions();
}

} // namespace inferenceflow::redis
