#include "api/infer_surface.h"

#include "api/infer_request.h"
#include "api/intake.h"
#include "api/openai_surface.h"
#include "api/simple_reply.h"
#include "api/simple_surface.h"

#include <algorithm>

namespace inferenceflow::api {

namespace {

constexpr std::string_view k_usual_route = "auto";

/// What the body says of who asks; it wins over the headers.
void take_identity(const infer_request& asked, const config::settings& settings, call_context& context,
                   pipeline::request& into) {
  if (settings.server.trust_identity_headers && !asked.tenant.empty()) {
    into.tenant = asked.tenant;
  }
  if (!asked.request_id.empty()) {
    context.rename(asked.request_id);
    into.request_id = asked.request_id;
  }
}

} // namespace

result<std::string> route_of(const pipeline::generation& current, std::string_view named) {
  if (!named.empty()) {
    return std::string{named};
  }
  const auto& routes = current.settings->routes;
  const auto chooses = [&current](const config::route_settings& each) {
    const auto route = current.routes->find(each.model);
    return route != nullptr && route->routing.strategy != config::routing_strategy::in_order;
  };
  const auto first = std::find_if(routes.begin(), routes.end(), chooses);
  if (first != routes.end()) {
    return first->model;
  }
  if (current.routes->find(k_usual_route) != nullptr) {
    return std::string{k_usual_route};
  }
  return make_error(
      error_kind::model_not_found,
      "model: name one; no route chooses among models (routes[].routing.strategy), and none is called auto", "model");
}

namespace {

/// The request of the pipeline that the body asks for. @param body  the same as a chat body: outlives `asked`.
/// @returns what the caller wants back with the answer, or why nobody will be asked.
result<boost::json::object> take(call_context& context, service& serving, pipeline::request& asked, std::string& body) {
  if (auto known = take_head(context, serving.settings(), "infer", asked); !known) {
    return known.error();
  }
  auto wanted = read_infer(context.exchange().body());
  if (!wanted) {
    return wanted.error();
  }
  take_identity(*wanted, serving.settings(), context, asked);
  const auto model = route_of(*serving.life.current(), wanted->simple.model);
  if (!model) {
    return model.error();
  }
  add_wish(wanted->wish, asked.wish);
  asked.wish.tell_confidence = true; // a member of every answer
  read_cache_wish(wanted->simple, asked.cache);
  body = as_chat_body(*wanted, *model);
  if (auto scanned = read_chat(serving, asked, body); !scanned) {
    return scanned.error();
  }
  return std::move(wanted->simple.metadata);
}

} // namespace

net::task<void> serve_infer(call_context& context, service& serving) {
  serving.shared.metrics.request_started();
  pipeline::request asked;
  std::string body;
  auto metadata = take(context, serving, asked, body);
  if (!metadata) {
    const error why = metadata.error();
    co_return co_await refuse_early(context, serving, asked, why);
  }
  simple_reply reply{context, simple_kind::infer, std::move(*metadata), serving.shared.clock,
                     serving.settings().upstream.event_bytes_max};
  co_await serving.life.run(asked, reply, context.exchange());
}

} // namespace inferenceflow::api
