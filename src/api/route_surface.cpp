#include "api/route_surface.h"

#include "api/openai_surface.h"
#include "pipeline/settle.h"
#include "routing/choice/decision_json.h"

namespace inferenceflow::api {

net::task<void> serve_route(call_context& context, service& serving) {
  serving.shared.metrics.request_started();
  pipeline::request asked;
  if (const auto taken = take_openai(context, serving, wire::openai::operation::chat, "route", asked); !taken) {
    const error why = taken.error();
    co_return co_await refuse_early(context, serving, asked, why);
  }
  const auto way = co_await serving.life.decide(asked, context.exchange().scope());
  if (!way) {
    const error why = way.error();
    co_return co_await refuse_early(context, serving, asked, why);
  }
  const std::string body = routing::decision_json(way->made, way->other ? &*way->other : nullptr);
  pipeline::outcome ended;
  ended.status = 200;
  pipeline::record_unbilled(serving.shared, serving.settings(), asked, ended);
  co_await context.send_json(200, body);
}

} // namespace inferenceflow::api
