// A request whose answer has come by a provider's batch.
#include "pipeline/call_of.h"
#include "pipeline/life.h"
#include "pipeline/no_events.h"

#include <fmt/format.h>

namespace inferenceflow::pipeline {

std::shared_ptr<const routing::route> life::route_of_answer() const {
  const batch_answer& told = *asked_.from_batch;
  if (route_) {
    const routing::route& by = route_->made_by(told.provider, told.model);
    if (by.provider == told.provider && by.upstream_model == told.model) {
      return route_;
    }
  }
  auto direct = now_->routes->find(fmt::format("{}/{}", told.provider, told.model));
  return direct ? direct : route_;
}

net::task<void> life::take_answer() {
  const batch_answer& told = *asked_.from_batch;
  plan_.coalesce = false;
  ended_.cache = plan_.store ? cache_state::miss : cache_state::bypass;
  ended_.route = &route_->made_by(told.provider, told.model);
  ended_.batched = true;
  ended_.price_percent = told.price_percent;
  ended_.attempts = 1;
  const std::size_t index = ended_.route->provider_index;
  const auto backend = index == routing::k_local_provider ? nullptr : now_->providers.upstreams[index];
  if (!backend || ended_.route->provider != told.provider) { // another configuration since
    const error gone = make_error(error_kind::unavailable, fmt::format("provider {} is gone", told.provider));
    co_return co_await refuse(gone);
  }
  auto what = call_of(asked_, told.model);
  what.recorded = &told.answer;
  no_events nobody;
  auto got = co_await backend->perform(what, nobody, client_.scope());
  if (!got) {
    const error why = got.error();
    co_return co_await refuse(why);
  }
  ended_.usage = got->usage;
  ended_.source = got->source;
  ended_.finish_reason = got->finish_reason;
  ended_.dropped = joined(got->dropped);
  auto alone = cache::inflight_leader::alone();
  co_await finish_document(*got, alone);
}

} // namespace inferenceflow::pipeline
