#include "api/simple_surface.h"

#include "api/intake.h"
#include "api/openai_surface.h"
#include "api/simple_reply.h"
#include "api/simple_request.h"

#include <algorithm>

namespace inferenceflow::api {

namespace {

std::string_view default_model(const config::settings& settings) {
  const auto& models = settings.local.models;
  const auto chat = std::find_if(models.begin(), models.end(),
                                 [](const auto& model) { return model.kind == config::model_kind::chat; });
  return settings.local.enabled && chat != models.end() ? std::string_view{chat->name} : std::string_view{};
}

result<std::string> model_of(const config::settings& settings, const simple_request& asked) {
  const std::string_view named = asked.model.empty() ? default_model(settings) : std::string_view{asked.model};
  if (named.empty()) {
    return make_error(error_kind::invalid_request, "model: name one; no local chat model is configured to fall back to",
                      "model");
  }
  return std::string{named};
}

void read_lane_wish(const simple_request& asked, pipeline::request& into) {
  if (asked.lane) {
    into.lane = *asked.lane;
    into.lane_named = true;
  }
  if (asked.deadline_ms) {
    into.deadline = into.started + std::chrono::milliseconds(*asked.deadline_ms);
  }
}

} // namespace

void read_cache_wish(const simple_request& asked, pipeline::cache_wish& into) {
  if (asked.use_cache) {
    into.insist = *asked.use_cache;
    into.no_store = into.no_store || !*asked.use_cache;
  }
}

result<void> read_chat(service& serving, pipeline::request& asked, std::string& body) {
  body.reserve(body.size() + http::k_body_padding_bytes);
  return read_body(serving, asked, wire::openai::operation::chat, body);
}

result<boost::json::object> take_simple(service& serving, simple_kind kind, std::string_view text,
                                        pipeline::request& into, std::string& chat) {
  auto simple = read_simple(kind, text);
  if (!simple) {
    return simple.error();
  }
  const auto model = model_of(serving.settings(), *simple);
  if (!model) {
    return model.error();
  }
  read_cache_wish(*simple, into.cache);
  read_lane_wish(*simple, into);
  chat = as_chat_body(*simple, *model);
  if (auto scanned = read_chat(serving, into, chat); !scanned) {
    return scanned.error();
  }
  return std::move(simple->metadata);
}

namespace {

result<boost::json::object> take(call_context& context, service& serving, simple_kind kind, std::string_view surface,
                                 pipeline::request& asked, std::string& chat) {
  if (auto known = take_head(context, serving.settings(), surface, asked); !known) {
    return known.error();
  }
  return take_simple(serving, kind, context.exchange().body(), asked, chat);
}

net::task<void> serve(call_context& context, service& serving, simple_kind kind, std::string_view surface) {
  serving.shared.metrics.request_started();
  pipeline::request asked;
  std::string body;
  auto metadata = take(context, serving, kind, surface, asked, body);
  if (!metadata) {
    const error why = metadata.error();
    co_return co_await refuse_early(context, serving, asked, why);
  }
  simple_reply reply{context, kind, std::move(*metadata), serving.shared.clock,
                     serving.settings().upstream.event_bytes_max};
  co_await serving.life.run(asked, reply, context.exchange());
}

} // namespace

net::task<void> serve_inference(call_context& context, service& serving) {
  return serve(context, serving, simple_kind::inference, "inference");
}
net::task<void> serve_generate(call_context& context, service& serving) {
  return serve(context, serving, simple_kind::generate, "generate");
}

} // namespace inferenceflow::api
