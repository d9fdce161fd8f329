#include "api/batch_pool.h"

#include "api/pool_names.h"
#include "api/pool_parts.h"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <exception>
#include <utility>
#include <variant>

namespace inferenceflow::api {

using batches::batch_store;
using batches::discount_pool;
using batches::pool_line;
using batches::pooled_batch;

namespace {

batches::pool_limits limits_of(const config::pool_settings& settings) {
  batches::pool_limits limits;
  limits.lines_min = settings.lines_min;
  limits.lines_max = settings.lines_max;
  limits.bytes_max = settings.bytes_max;
  limits.pooled_max = settings.waiting_max;
  limits.open_max = settings.open_max;
  limits.gather = settings.gather;
  limits.slack_min = settings.slack_min;
  limits.give_up_before = settings.give_up_before;
  limits.promote_before = settings.promote_before;
  limits.poll_min = settings.poll_min;
  limits.poll_max = settings.poll_max;
  return limits;
}

} // namespace

batch_pool::batch_pool(net::event_loop& loop, service& serving, pool_customer& customer)
    : loop_(loop)
    , serving_(serving)
    , customer_(customer)
    , clock_(serving.shared.clock)
    , pool_(limits_of(serving.settings().batches.pool))
    , timer_(loop.wheel(), [this] { changed_.set(); }) {}

net::task<void> batch_pool::restore() {
  const std::function<result<std::vector<pooled_batch>>(batch_store&)> read = [](batch_store& store) {
    return store.pooled();
  };
  auto found = co_await insist(std::string_view{"read batches at providers"}, read);
  if (!found) {
    co_return; // shutting down
  }
  const wall_time now = clock_.wall_now();
  for (auto& batch : *found) {
    std::vector<pool_line> lines;
    for (const auto& line : batch.lines) {
      pool_line place;
      place.id = pool_id(line.batch, line.line).value_or(0);
      place.target = batch.target;
      place.deadline = wall_time{std::chrono::seconds{line.expires_s}};
      lines.push_back(std::move(place));
      ++lines_[line.batch];
      ++waiting_;
    }
    pool_.restore(batch.number, batch.remote, lines, now);
    const std::int64_t number = batch.number;
    held_.emplace(number, held_batch{std::move(batch), true});
  }
}

void batch_pool::start() {
  boost::asio::co_spawn(loop_.context(), run(), boost::asio::detached);
}

bool batch_pool::is_used() const {
  const auto& providers = serving_.settings().providers;
  return std::any_of(providers.begin(), providers.end(), [](const auto& one) { return one.batch.enabled; });
}

net::task<std::optional<pool_line>> batch_pool::place_for(const batches::batch_record& batch, std::int64_t line,
                                                          const pipeline::request& asked) const {
  const auto now = serving_.life.current();
  const auto id = pool_id(batch.number, line);
  if (!is_used() || !id || pipeline::is_tool_loop(serving_.shared, asked)) {
    co_return std::nullopt;
  }
  const auto draft = co_await pipeline::draft_of(now, asked);
  if (!draft || draft->sent.beta) {
    co_return std::nullopt;
  }
  const auto& provider = now->settings->providers[draft->provider_index];
  const auto* const wire = providers::batching::wire_of(provider.protocol);
  if (!provider.batch.enabled || wire == nullptr || !wire->takes(draft->sent.path)) {
    co_return std::nullopt;
  }
  pool_line place;
  place.id = *id;
  place.target = to_text({.provider = provider.name, .model = draft->model, .path = draft->sent.path});
  place.bytes = draft->sent.body.size() + providers::batching::batch_wire::k_line_overhead_bytes +
                2 * providers::batching::k_line_name_bytes_max;
  place.deadline = wall_time{std::chrono::seconds{batch.expires_s}};
  co_return place;
}

bool batch_pool::offer(const pool_line& place) {
  if (draining_ || !pool_.offer(place, clock_.wall_now())) {
    return false;
  }
  ++lines_[batch_of_pool_id(place.id)];
  ++waiting_;
  changed_.set();
  return true;
}

void batch_pool::cancel(std::int64_t batch) {
  if (lines_of(batch) == 0) {
    return;
  }
  cancelled_.insert(batch); // kept: the last of those who share a batch at a provider calls it back
  const auto left = pool_.drop([this](std::int64_t id) { return cancelled_.contains(batch_of_pool_id(id)); });
  dropped_.insert(dropped_.end(), left.begin(), left.end());
  changed_.set();
}

std::size_t batch_pool::lines_of(std::int64_t batch) const {
  const auto found = lines_.find(batch);
  return found == lines_.end() ? 0 : found->second;
}

void batch_pool::leave(std::int64_t line) {
  const auto found = lines_.find(batch_of_pool_id(line));
  if (found != lines_.end() && --found->second == 0) {
    cancelled_.erase(found->first);
    lines_.erase(found);
  }
  --waiting_;
}

void batch_pool::drain() {
  draining_ = true;
  boost::asio::post(loop_.context(), [this] { changed_.set(); });
}

void batch_pool::abort() {
  draining_ = true;
  boost::asio::post(loop_.context(), [this] { scope_.cancel(); });
}

void batch_pool::fill(telemetry::batch_sample& sample) const {
  sample.pooled = waiting_;
  sample.pools_open = open_;
  sample.settled = settled_;
  sample.refused = refused_;
  sample.promoted = promoted_;
  sample.pool_errors = errors_;
}

void batch_pool::warn(std::string_view what, const error& why) {
  serving_.shared.log.warn("batch at a provider", {{"step", what}, {"reason", why.message}});
}

net::task<void> batch_pool::pause() {
  boost::asio::steady_timer timer{loop_.context()};
  timer.expires_after(k_disk_pause);
  co_await timer.async_wait(boost::asio::deferred);
}

net::task<void> batch_pool::rest(wall_time until) {
  const auto time = std::chrono::duration_cast<std::chrono::milliseconds>(until - clock_.wall_now());
  timer_.arm(std::max(time, std::chrono::milliseconds{1}));
  co_await changed_.wait();
  timer_.disarm();
}

net::task<void> batch_pool::run() {
  while (!draining_) {
    if (!dropped_.empty()) {
      busy_ = true;
      std::vector<std::int64_t> left = std::exchange(dropped_, {});
      co_await give_back(std::move(left));
      busy_ = false;
      continue;
    }
    auto step = pool_.next(clock_.wall_now());
    open_ = pool_.open();
    if (const auto* const nothing = std::get_if<discount_pool::wait>(&step)) {
      co_await rest(nothing->until);
      continue;
    }
    busy_ = true;
    std::string failure;
    try {
      if (auto* const send = std::get_if<discount_pool::submit>(&step)) {
        co_await act(std::move(*send));
      } else if (auto* const search = std::get_if<discount_pool::look_for>(&step)) {
        co_await act(std::move(*search));
      } else if (auto* const ask = std::get_if<discount_pool::poll>(&step)) {
        co_await act(std::move(*ask));
      } else if (auto* const cancel = std::get_if<discount_pool::call_back>(&step)) {
        co_await act(std::move(*cancel));
      } else if (auto* const fetch = std::get_if<discount_pool::collect>(&step)) {
        co_await act(std::move(*fetch));
      } else if (auto* const direct = std::get_if<discount_pool::promote>(&step)) {
        co_await act(std::move(*direct));
      }
    } catch (const std::exception& thrown) { // out of memory, in practice; the batch is promoted as its time comes
      failure = thrown.what();
    }
    if (!failure.empty()) {
      serving_.shared.log.error("batch at a provider: step ended by an exception", {{"reason", failure}});
    }
    open_ = pool_.open();
    busy_ = false;
  }
}

} // namespace inferenceflow::api
