// Answers that are kept somewhere else than under the request's own key in memory.
#include "net/wake_event.h"
#include "pipeline/kept_in_tier.h"
#include "pipeline/life.h"

#include <boost/asio/steady_timer.hpp>

namespace inferenceflow::pipeline {

cache::cache_lookup life::wanted() const {
  return {.oldest = asked_.cache.age_max ? shared_.clock.wall_now() - *asked_.cache.age_max : wall_time::min(),
          .least_trust = static_cast<cache::trust_level>(route_->trust),
          .model = route_->upstream_model,
          .tenant = asked_.tenant};
}

/// Two requests with one hash, or what another process wrote: never another tenant's answer, never an older one than
/// is asked for.
bool life::may_serve(const cache::cached_answer& found) const {
  return found.tenant == asked_.tenant && found.created >= wanted().oldest;
}

net::task<std::shared_ptr<const cache::cached_answer>> life::kept_elsewhere(cache::cache_key key) {
  auto found = co_await find_in_tier(
      shared_, state_, asked_.tenant, key,
      {.bytes_max = now_->settings->cache.entry_bytes_max, .least = static_cast<cache::trust_level>(route_->trust)});
  if (found && !may_serve(*found)) {
    found = nullptr;
  }
  co_return found;
}

net::task<void> life::pad() {
  if (!route_->pad_hits) {
    co_return;
  }
  const auto woken = std::make_shared<net::wake_event>();
  boost::asio::steady_timer timer{loop_.context(), asked_.started + shared_.pace.draw(route_->identity)};
  timer.async_wait([woken](const boost::system::error_code&) { woken->set(); });
  const net::cancel_scope::registration on_leave{client_.scope(), [woken] { woken->set(); }};
  client_.watch_client();
  co_await woken->wait();
}

net::task<bool> life::serve_same() {
  if (shared_.tiers.empty()) {
    co_return false;
  }
  const auto found = co_await kept_elsewhere(plan_.answer_key);
  if (!found) {
    co_return false;
  }
  co_return co_await serve_hit(*found, plan_.answer_key);
}

net::task<bool> life::serve_similar() {
  co_await similar_.ask(route_, plan_, client_.scope());
  if (!similar_.hit()) {
    co_return false;
  }
  const auto hit = *similar_.hit();
  if (hit.pending) {
    if (hit.streamed == asked_.facts.stream) {
      if (auto leading = shared_.inflight.follow(hit.running_key)) {
        co_await follow(*leading);
        co_return true;
      }
    }
    similar_.pass_over(false);
    co_return false;
  }
  auto asked = wanted();
  asked.semantic = true;
  auto found = shared_.cache.find(hit.key, asked);
  if (!found || !may_serve(*found)) {
    found = co_await kept_elsewhere(hit.key);
  }
  bool served = false;
  if (found) {
    served = co_await serve_hit(*found, hit.key);
  }
  if (served) {
    co_return true;
  }
  similar_.pass_over(!shared_.cache.contains(hit.key)); // else it is only too old, or not trusted enough, for this one
  co_return false;
}

} // namespace inferenceflow::pipeline
