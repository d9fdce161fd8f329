#include "app/prober.h"

#include "net/cancel_scope.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace inferenceflow::app {

namespace {

/// @returns null for the in-process engine, which needs no probes.
std::shared_ptr<providers::provider> provider_named(const pipeline::generation& now, const std::string& name) {
  for (std::size_t i = 0; i < now.settings->providers.size(); ++i) {
    if (now.settings->providers[i].name == name) {
      return now.providers.upstreams[i];
    }
  }
  return nullptr;
}

} // namespace

void prober::start() {
  boost::asio::co_spawn(loop_.context(), tick(), boost::asio::detached);
}

net::task<void> prober::tick() {
  boost::asio::steady_timer timer{loop_.context()};
  for (;;) {
    timer.expires_after(k_tick);
    co_await timer.async_wait(boost::asio::deferred);
    const auto now = running_.current();
    for (auto& due : now->lines->take_due_probes(clock_.steady_now())) {
      boost::asio::co_spawn(loop_.context(), probe(now, std::move(due)), boost::asio::detached);
    }
  }
}

net::task<void> prober::probe(std::shared_ptr<const pipeline::generation> now,
                              std::shared_ptr<dispatch::backend_state> backend) {
  const auto asked = provider_named(*now, backend->provider);
  std::optional<error> failure;
  if (asked) {
    net::cancel_scope scope;
    try {
      failure = co_await asked->probe(0, scope);
    } catch (const std::exception& thrown) {
      failure = make_error(error_kind::internal, thrown.what());
    }
  }
  // Whoever refuses a key or counts its requests is there.
  const bool lives = !failure || failure->kind == error_kind::forbidden || failure->kind == error_kind::rate_limited;
  const bool was_sick = now->lines->probed(*backend, lives, clock_.steady_now());
  if (!lives) {
    log_.warn("probe failed", {{"provider", backend->provider}, {"reason", failure->message}});
  } else if (was_sick) {
    log_.info("provider is well again", {{"provider", backend->provider}});
  }
}

} // namespace inferenceflow::app
