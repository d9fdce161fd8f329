#include "app/cache_warm/warmer.h"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <exception>
#include <fmt/format.h>

namespace inferenceflow::app::cache_warm {

namespace asio = boost::asio;

namespace {

/// How long it may take until a pause notices that there is nothing to wait for any more.
constexpr std::chrono::milliseconds k_nap_max{50};
using timer = asio::basic_waitable_timer<std::chrono::steady_clock, asio::wait_traits<std::chrono::steady_clock>,
                                         net::loop_executor>;

} // namespace

warmer::warmer(asio::io_context& context, const warm_plan& plan, request_source& source, const clock_source& clock,
               warm_news news)
    : context_(context)
    , source_(source)
    , news_(std::move(news))
    , pace_(clock, plan.rate_per_s) {
  for (std::size_t i = 0; i < plan.concurrency; ++i) {
    idle_.push_back(lines_.emplace_back(std::make_unique<connection>(context, plan.gateway)).get());
  }
}

net::task<bool> warmer::turn() {
  timer nap{context_};
  while (!stopping_) {
    const auto wait = pace_.take();
    if (wait.count() == 0) {
      co_return true;
    }
    nap.expires_after(std::min<std::chrono::nanoseconds>(wait, k_nap_max));
    co_await nap.async_wait(asio::as_tuple(asio::deferred));
  }
  co_return false;
}

net::task<result<void>> warmer::run() {
  while (!stopping_) {
    auto got = co_await source_.next();
    if (!got) {
      give_up(got.error());
      break;
    }
    if (!*got) {
      break;
    }
    sourced job = std::move(**got);
    if (!job.request) {
      ++tally_.skipped;
      news_.skipped(job.request.error().message);
      continue;
    }
    while (idle_.empty()) {
      co_await freed_.wait();
    }
    if (!co_await turn()) {
      break;
    }
    ++running_;
    connection& line = *idle_.back();
    idle_.pop_back();
    asio::co_spawn(context_, deliver(std::move(job), line), [](const std::exception_ptr& thrown) {
      if (thrown) {
        std::rethrow_exception(thrown); // no memory: out of the loop, and of the process
      }
    });
  }
  while (running_ > 0) {
    co_await freed_.wait();
  }
  co_return outcome_;
}

net::task<void> warmer::deliver(sourced job, connection& line) {
  co_await send(line, *job.request);
  tally_.reached = std::max(tally_.reached, job.reached);
  idle_.push_back(&line);
  --running_;
  news_.answered();
  freed_.set();
}

net::task<void> warmer::send(connection& line, const warm_request& asked) {
  for (int attempt = 0;; ++attempt) {
    auto got = co_await line.send(asked);
    if (!got) {
      error why = got.error();
      if (why.kind == error_kind::cancelled) {
        ++tally_.cut_short;
      } else if (why.kind == error_kind::unavailable) {
        give_up(std::move(why));
      } else {
        tally_.note_no_answer(std::move(why.message));
      }
      co_return;
    }
    if (!hold(*got, attempt)) {
      tally_.note(*got);
      co_return;
    }
    if (!co_await turn()) {
      ++tally_.cut_short;
      co_return;
    }
  }
}

bool warmer::hold(const warm_answer& got, int attempt) {
  if ((got.status != 429 && got.status != 503) || attempt >= k_retries_max || stopping_) {
    return false;
  }
  const auto wait = got.retry_after.value_or(std::chrono::seconds{1 << attempt});
  if (wait > k_pause_max) {
    return false;
  }
  ++tally_.pauses;
  pace_.hold(wait);
  news_.paused(fmt::format("status {}", got.status), wait);
  return true;
}

void warmer::give_up(error why) {
  if (outcome_) {
    outcome_ = std::move(why);
  }
  finish();
}

void warmer::finish() {
  stopping_ = true;
  source_.cancel();
  freed_.set();
}

void warmer::abort() {
  finish();
  for (const auto& line : lines_) {
    line->close();
  }
}

} // namespace inferenceflow::app::cache_warm
