// The parts of a delivery that wait: for a moment, for a place, for the faster of two calls.
#include "pipeline/delivery.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

namespace inferenceflow::pipeline {

using resilience::plan_action;
using resilience::plan_step;

namespace {

/// Sets an event at a moment, unless it is destroyed before.
class alarm_clock {
public:
  alarm_clock(net::event_loop& loop, steady_time at, std::shared_ptr<net::wake_event> rings)
      : timer_(loop.context(), at) {
    timer_.async_wait([bell = std::move(rings)](const boost::system::error_code& cut_short) {
      if (!cut_short) {
        bell->set();
      }
    });
  }

private:
  boost::asio::steady_timer timer_;
};

} // namespace

net::task<void> delivery::pause(steady_time until) {
  const auto woken = std::make_shared<net::wake_event>();
  const alarm_clock alarm{loop_, until, woken};
  const net::cancel_scope::registration on_cancel{scope_, [woken] { woken->set(); }};
  co_await woken->wait();
}

/// Until the journey's turn has come, the time is up, or the client has gone.
net::task<void> delivery::wait_turn(steady_time until) {
  const auto woken = std::make_shared<net::wake_event>();
  const bool waiting = journey_->await_turn(
      [woken, &context = loop_.context()] { boost::asio::post(context, [woken] { woken->set(); }); });
  if (!waiting) {
    co_return;
  }
  const alarm_clock alarm{loop_, until, woken};
  const net::cancel_scope::registration on_cancel{scope_, [woken] { woken->set(); }};
  co_await woken->wait();
}

void delivery::cancel_attempt(std::uint32_t number) {
  for (const auto& one : racing_) {
    if (one && one->ordered.attempt == number) {
      one->scope.cancel();
    }
  }
}

void delivery::start(const std::shared_ptr<attempt>& made, const std::shared_ptr<net::wake_event>& news) {
  // The coroutine holds what its call stands on, for it may be destroyed after this object when a loop stops.
  auto body = [](delivery& owner, std::shared_ptr<attempt> one, std::shared_ptr<net::wake_event> told,
                 [[maybe_unused]] std::shared_ptr<const generation> kept) -> net::task<void> {
    try {
      auto got = co_await owner.call(*one, one->scope);
      one->got.emplace(std::move(got));
    } catch (const std::exception& thrown) {
      owner.shared_.log.error("call ended by an exception",
                              {{"request_id", owner.asked_.request_id}, {"reason", thrown.what()}});
      one->got.emplace(make_error(error_kind::internal, "the gateway failed at this call; its log says why"));
    }
    told->set();
  };
  boost::asio::co_spawn(loop_.context(), body(*this, made, news, now_), boost::asio::detached);
}

/// A call that may be joined by a second one, should its first token be late. @returns what to do when both have ended.
net::task<plan_action> delivery::send_hedged(const plan_action& ordered) {
  const auto news = std::make_shared<net::wake_event>();
  racing_[0] = std::make_shared<attempt>(*this, ordered);
  start(racing_[0], news);
  std::optional<alarm_clock> alarm;
  alarm.emplace(loop_, *ordered.hedge_at, news);
  const net::cancel_scope::registration on_cancel{scope_, [this, news] {
                                                    for (const auto& one : racing_) {
                                                      if (one) {
                                                        one->scope.cancel();
                                                      }
                                                    }
                                                  }};
  plan_action last;
  while (racing_[0] || racing_[1]) {
    co_await news->wait();
    for (auto& one : racing_) {
      if (!one || !one->got) {
        continue;
      }
      const auto ended = std::exchange(one, nullptr);
      plan_action next = settle(*ended, std::move(*ended->got));
      if (next.step != plan_step::none) {
        last = std::move(next);
      }
    }
    if (alarm && now() >= *ordered.hedge_at) {
      alarm.reset();
      if (racing_[0] && !racing_[1]) {
        const plan_action second = journey_->on_hedge_due(now());
        if (second.step == plan_step::send) {
          shared_.metrics.hedged(route_of(second).provider);
          racing_[1] = std::make_shared<attempt>(*this, second);
          start(racing_[1], news);
        }
      }
    }
  }
  co_return last;
}

} // namespace inferenceflow::pipeline
