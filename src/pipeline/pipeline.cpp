#include "pipeline/pipeline.h"

#include "pipeline/life.h"
#include "pipeline/refusals.h"

namespace inferenceflow::pipeline {

net::task<void> pipeline::run(const request& asked, reply& out, client who) {
  life one{shared_, current_, loop_, state_, asked, out, who};
  co_await one.live();
}

net::task<result<course>> pipeline::decide(const request& asked, net::cancel_scope& scope) {
  const auto now = current_;
  const auto route = now->routes->find(asked.facts.model);
  if (!route) {
    co_return unknown_model(asked.facts.model);
  }
  auto along = now->lines->of(route);
  if (along->routes.empty()) {
    co_return switched_off(*route, *now->settings);
  }
  route_choice choice{shared_, *now, state_, asked};
  co_return co_await choice.choose(*route, std::move(along), nullptr, scope);
}

} // namespace inferenceflow::pipeline
