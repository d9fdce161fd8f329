#include "api/route_surface.h"

#include "api/intake.h"
#include "api/openai_surface.h"
#include "pipeline/settle.h"
#include "routing/choice/decision_json.h"

namespace inferenceflow::api {

namespace {

constexpr std::string_view k_surface = "route";

/// The checks that a chat request goes through.
result<void> take(call_context& context, service& serving, pipeline::request& asked) {
  if (const auto typed = check_content_type(context.head()); !typed) {
    return typed.error();
  }
  if (const auto scanned = read_body(serving, asked, wire::openai::operation::chat, context.exchange().body());
      !scanned) {
    return scanned.error();
  }
  return {};
}

} // namespace

net::task<void> serve_route(call_context& context, service& serving) {
  serving.shared.metrics.request_started();
  auto asked = read_headers(context, serving.settings(), k_surface);
  if (!asked) {
    const auto nameless = bare_request(context, k_surface);
    const error why = asked.error();
    co_return co_await refuse_early(context, serving, nameless, why);
  }
  if (const auto taken = take(context, serving, *asked); !taken) {
    const error why = taken.error();
    co_return co_await refuse_early(context, serving, *asked, why);
  }
  const auto way = co_await serving.life.decide(*asked, context.exchange().scope());
  if (!way) {
    const error why = way.error();
    co_return co_await refuse_early(context, serving, *asked, why);
  }
  const std::string body = routing::decision_json(way->made, way->other ? &*way->other : nullptr);
  pipeline::outcome ended;
  ended.status = 200;
  pipeline::record_unbilled(serving.shared, serving.settings(), *asked, ended);
  co_await context.send_json(200, body);
}

} // namespace inferenceflow::api
