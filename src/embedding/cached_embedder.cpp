#include "embedding/cached_embedder.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/this_coro.hpp>
#include <fmt/format.h>
#include <utility>

namespace inferenceflow::embedding {
namespace {

error cancelled() {
  return make_error(error_kind::cancelled, "the embedding was cancelled");
}

error busy(std::size_t running_max) {
  auto full = make_error(error_kind::unavailable,
                         fmt::format("{} texts are being embedded already; this one is not", running_max));
  full.retryable = true;
  return full;
}

// One caller's wait; ends with the coroutine, whether that returns or its loop is dropped.
class wait_place {
public:
  wait_place(std::shared_ptr<vector_box> box, std::shared_ptr<embed_flight> flight)
      : box_(std::move(box))
      , flight_(std::move(flight)) {}
  ~wait_place() {
    box_->close();
    flight_->leave(box_.get());
  }
  wait_place(const wait_place&) = delete;
  wait_place& operator=(const wait_place&) = delete;

private:
  std::shared_ptr<vector_box> box_;
  std::shared_ptr<embed_flight> flight_;
};

} // namespace

// The work of one flight. Destroyed early, with its loop, it still tells those who wait elsewhere.
class running_embed {
public:
  running_embed(std::shared_ptr<shared_embeddings> shared, std::shared_ptr<embedder> inner,
                std::shared_ptr<embed_flight> flight, const text_key& key, net::deadline_wheel& wheel)
      : shared_(std::move(shared))
      , inner_(std::move(inner))
      , flight_(std::move(flight))
      , key_(key)
      , wheel_(wheel) {}
  ~running_embed() {
    tell(make_error(error_kind::unavailable, "the loop that embedded this text is gone"));
    shared_->flights_.end();
  }
  running_embed(const running_embed&) = delete;
  running_embed& operator=(const running_embed&) = delete;

  [[nodiscard]] net::task<void> run() {
    net::deadline limit(wheel_, [this] { expire(); });
    limit.arm(shared_->limits_.timeout);
    shared_->embedded_.fetch_add(1, std::memory_order_relaxed);
    const auto got = co_await inner_->embed(flight_->text(), flight_->scope());
    limit.disarm();
    if (got.has_value()) {
      shared_->cache_.store(key_, got.value()); // before forget(): a later caller finds one or the other
    } else if (got.error().kind != error_kind::cancelled) {
      shared_->failed_.fetch_add(1, std::memory_order_relaxed);
    }
    tell(got);
  }

private:
  void expire() {
    shared_->timed_out_.fetch_add(1, std::memory_order_relaxed);
    tell(make_error(error_kind::upstream_timeout,
                    fmt::format("the text was not embedded within {} ms", shared_->limits_.timeout.count())));
    flight_->scope().cancel();
  }

  void tell(const result<vector_ptr>& outcome) {
    shared_->flights_.forget(key_, flight_.get());
    flight_->settle(outcome);
  }

  std::shared_ptr<shared_embeddings> shared_;
  std::shared_ptr<embedder> inner_;
  std::shared_ptr<embed_flight> flight_;
  text_key key_;
  net::deadline_wheel& wheel_;
};

namespace {

net::task<void> run_to_end(std::shared_ptr<running_embed> work) {
  co_await work->run();
}

} // namespace

shared_embeddings::shared_embeddings(const embedding_limits& limits, key_secret secret)
    : limits_(limits)
    , secret_(secret)
    , cache_(limits.cache_bytes_max)
    , flights_({.flights_max = limits.in_flight_max, .waiters_max = limits.waiters_max}) {}

embedding_stats shared_embeddings::stats() const {
  return {.cache = cache_.stats(),
          .embedded = embedded_.load(std::memory_order_relaxed),
          .joined = joined_.load(std::memory_order_relaxed),
          .refused = refused_.load(std::memory_order_relaxed),
          .timed_out = timed_out_.load(std::memory_order_relaxed),
          .failed = failed_.load(std::memory_order_relaxed),
          .running = flights_.running()};
}

cached_embedder::cached_embedder(std::shared_ptr<embedder> inner, std::shared_ptr<shared_embeddings> shared,
                                 net::deadline_wheel& wheel)
    : inner_(std::move(inner))
    , shared_(std::move(shared))
    , wheel_(wheel)
    , secret_(secret_for(shared_->secret(), inner_->name())) {}

vector_ptr cached_embedder::known(std::string_view text) {
  const auto space = inner_->space();
  return space.empty() ? nullptr : shared_->cache_.find(key_for(text), space);
}

net::task<result<vector_ptr>> cached_embedder::embed(std::string_view text, net::cancel_scope& scope) {
  const auto& limits = shared_->limits_;
  if (scope.cancelled()) {
    co_return cancelled();
  }
  if (text.size() > limits.text_bytes_max) {
    shared_->refused_.fetch_add(1, std::memory_order_relaxed);
    co_return make_error(
        error_kind::context_too_long,
        fmt::format("a text of {} bytes is not embedded, at most {} are", text.size(), limits.text_bytes_max), "input");
  }
  if (auto vector = known(text)) {
    co_return vector;
  }
  const auto key = key_for(text);
  auto executor = co_await boost::asio::this_coro::executor;
  const auto box = std::make_shared<vector_box>(executor);
  auto admitted = shared_->flights_.join_or_start(key, text, executor, box);
  if (admitted.how == flight_table::entrance::refused) {
    shared_->refused_.fetch_add(1, std::memory_order_relaxed);
    co_return busy(limits.in_flight_max);
  }
  const wait_place place(box, admitted.flight);
  if (admitted.how == flight_table::entrance::started) {
    auto work = run_to_end(std::make_shared<running_embed>(shared_, inner_, admitted.flight, key, wheel_));
    boost::asio::co_spawn(executor, std::move(work), boost::asio::detached);
  } else {
    shared_->joined_.fetch_add(1, std::memory_order_relaxed);
  }
  admitted.flight.reset();
  const net::cancel_scope::registration abort(scope, [&box] { box->abort(); });
  auto arrived = co_await box->take();
  if (!arrived) {
    co_return cancelled();
  }
  co_return std::move(*arrived);
}

} // namespace inferenceflow::embedding
