#include "api/openai_surface.h"

#include "api/intake.h"
#include "api/openai_reply.h"
#include "api/percent_decode.h"
#include "pipeline/settle.h"
#include "wire/openai/error_body.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

namespace inferenceflow::api {

namespace json = boost::json;
using wire::openai::operation;

namespace {

constexpr std::string_view k_models_path = "/v1/models/";

net::task<void> serve(call_context& context, service& serving, operation op, std::string_view surface) {
  serving.shared.metrics.request_started();
  pipeline::request asked;
  if (const auto taken = take_openai(context, serving, op, surface, asked); !taken) {
    const error why = taken.error();
    co_return co_await refuse_early(context, serving, asked, why);
  }
  openai_reply reply{context};
  co_await serving.life.run(asked, reply, context.exchange());
}

json::object model_entry(const routing::route& route, std::int64_t created_s) {
  return {{"id", route.public_name}, {"object", "model"}, {"created", created_s}, {"owned_by", route.provider}};
}

std::int64_t unix_seconds(const service& serving) {
  // No source tells when a model was made; the start of the process is a time that at least does not change.
  return to_unix_ms(serving.started_wall) / 1'000;
}

} // namespace

result<void> take_openai(call_context& context, service& serving, operation op, std::string_view surface,
                         pipeline::request& into) {
  if (auto known = take_head(context, serving.settings(), surface, into); !known) {
    return known;
  }
  return read_body(serving, into, op, context.exchange().body());
}

net::task<void> refuse_early(call_context& context, service& serving, const pipeline::request& asked,
                             const error& why) {
  co_await context.send_error(why);
  pipeline::record_refusal(serving.shared, serving.settings(), asked, wire::openai::http_status(why.kind), why.kind);
}

net::task<void> serve_chat(call_context& context, service& serving) {
  return serve(context, serving, operation::chat, "chat");
}
net::task<void> serve_completion(call_context& context, service& serving) {
  return serve(context, serving, operation::completion, "completions");
}
net::task<void> serve_embedding(call_context& context, service& serving) {
  return serve(context, serving, operation::embedding, "embeddings");
}

net::task<void> serve_models(call_context& context, service& serving) {
  json::array models;
  const auto current = serving.life.current();
  for (const auto& route : current->routes->all()) {
    if (route->provider_index == routing::k_local_provider ||
        current->settings->providers[route->provider_index].enabled()) { // what would only answer 503 is not offered
      models.push_back(model_entry(*route, unix_seconds(serving)));
    }
  }
  const json::object list{{"object", "list"}, {"data", std::move(models)}};
  const std::string body = json::serialize(list);
  co_await context.send_json(200, body);
}

net::task<void> serve_model(call_context& context, service& serving) {
  const std::string name = percent_decode(context.head().path.substr(k_models_path.size()));
  const auto route = serving.life.current()->routes->find(name);
  if (!route) {
    const error unknown =
        make_error(error_kind::model_not_found, fmt::format("The model '{}' does not exist here.", name), "model");
    co_await context.send_error(unknown);
    co_return;
  }
  const std::string body = json::serialize(model_entry(*route, unix_seconds(serving)));
  co_await context.send_json(200, body);
}

} // namespace inferenceflow::api
