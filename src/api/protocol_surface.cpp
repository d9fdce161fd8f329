#include "api/protocol_surface.h"

#include "api/client_features.h"
#include "api/intake.h"
#include "api/percent_decode.h"
#include "api/protocol_intake.h"
#include "api/protocol_reply.h"
#include "pipeline/settle.h"

#include <optional>
#include <utility>

namespace inferenceflow::api {

using dialogue::protocol;

namespace {

net::task<void> refuse_early(call_context& context, service& serving, const pipeline::request& asked,
                             const dialogue::codec& codec, const error& why) {
  protocol_reply reply{context, codec};
  const pipeline::answer_note nothing{};
  co_await reply.refuse(why, nothing);
  pipeline::record_refusal(serving.shared, serving.settings(), asked, reply.status(), why.kind);
}

/// Reads what a client of `spoken` asks, as far as every surface does so.
/// @returns the reason to refuse it, with what is known of the request in `asked`.
using body_reader = result<dialogue::request> (dialogue::codec::*)(std::string_view,
                                                                   const dialogue::request_target&) const;
std::optional<error> take(call_context& context, service& serving, protocol spoken, std::string_view surface,
                          body_reader read_body, pipeline::request& asked) {
  if (const auto known = take_head(context, serving.settings(), surface, asked); !known) {
    return known.error();
  }
  asked.protocol = spoken;
  asked.body = context.exchange().body();
  asked.target = {.path = context.head().path, .query = context.head().query};
  auto read = (serving.shared.codecs.of(spoken).*read_body)(asked.body, asked.target);
  if (!read) {
    return read.error();
  }
  if (spoken == protocol::anthropic) {
    auto features = client_features(context.head());
    if (!features) {
      return features.error();
    }
    asked.features = std::move(*features);
  }
  take_dialogue(serving, asked, std::move(*read));
  return std::nullopt;
}

net::task<void> serve(call_context& context, service& serving, protocol spoken, std::string_view surface) {
  serving.shared.metrics.request_started();
  const dialogue::codec& codec = serving.shared.codecs.of(spoken);
  pipeline::request asked;
  auto wrong = take(context, serving, spoken, surface, &dialogue::codec::read_request, asked);
  if (!wrong && spoken == protocol::gemini && asked.read->stream && query_value(asked.target.query, "alt") != "sse") {
    wrong = make_error(error_kind::invalid_request, "alt: streams are sent as events; add ?alt=sse", "alt");
  }
  if (wrong) {
    co_return co_await refuse_early(context, serving, asked, codec, *wrong);
  }
  protocol_reply reply{context, codec};
  co_await serving.life.run(asked, reply, context.exchange());
}

/// Who counts for the model of `asked`. @returns nothing, or why nobody does.
std::optional<error> find_counter(const pipeline::generation& now, const pipeline::request& asked,
                                  pipeline::outcome& ended, std::shared_ptr<const routing::route>& route,
                                  std::shared_ptr<providers::provider>& backend) {
  route = now.routes->find(asked.facts.model);
  if (!route) {
    return make_error(error_kind::model_not_found, "The model '" + std::string{asked.facts.model} + "' does not exist.",
                      "model");
  }
  ended.route = route.get();
  const bool local = route->provider_index == routing::k_local_provider;
  backend = local ? now.providers.local : now.providers.upstreams[route->provider_index];
  if (!backend) {
    return make_error(error_kind::unavailable, "provider " + route->provider + " is switched off");
  }
  return std::nullopt;
}

/// A count of tokens: asks the model's backend, beside cache and ledger, since it costs nothing and nobody repeats it.
net::task<void> serve_count(call_context& context, service& serving, protocol spoken) {
  serving.shared.metrics.request_started();
  const auto now = serving.life.current();
  const dialogue::codec& codec = serving.shared.codecs.of(spoken);
  pipeline::request asked;
  pipeline::outcome ended;
  std::shared_ptr<const routing::route> route;
  std::shared_ptr<providers::provider> backend;
  auto wrong = take(context, serving, spoken, "count_tokens", &dialogue::codec::read_count_request, asked);
  if (!wrong) {
    wrong = find_counter(*now, asked, ended, route, backend);
  }
  if (wrong) {
    co_return co_await refuse_early(context, serving, asked, codec, *wrong);
  }
  http::exchange& client = context.exchange();
  client.watch_client();
  const providers::call call{.protocol = spoken,
                             .model = route->upstream_model,
                             .body = asked.body,
                             .facts = &asked.facts,
                             .target = asked.target,
                             .read = asked.read.get(),
                             .features = &asked.features,
                             .request_id = asked.request_id,
                             .traceparent = asked.traceparent};
  auto got = co_await backend->count_tokens(call, client.scope());
  protocol_reply reply{context, codec};
  if (client.scope().cancelled()) {
    ended.status = pipeline::k_client_closed_request;
    ended.failure = error_kind::cancelled;
  } else if (!got) {
    const auto note = pipeline::price(ended, serving.shared.clock.wall_now());
    co_await reply.refuse(got.error(), note);
    ended.failure = got.error().kind;
    ended.status = reply.status();
  } else {
    ended.dropped = pipeline::joined(got->dropped);
    if (got->status >= 400) {
      ended.failure = got->status == 429 ? error_kind::rate_limited : error_kind::upstream_failed;
    }
    const auto note = pipeline::price(ended, serving.shared.clock.wall_now());
    co_await reply.document(got->status, got->content_type, got->body, got->retry_after, note);
    ended.status = got->status;
  }
  pipeline::record_unbilled(serving.shared, serving.settings(), asked, ended);
}

} // namespace

net::task<void> serve_count_tokens(call_context& context, service& serving) {
  return serve_count(context, serving, protocol::anthropic);
}
net::task<void> serve_messages(call_context& context, service& serving) {
  return serve(context, serving, protocol::anthropic, "messages");
}
net::task<void> serve_responses(call_context& context, service& serving) {
  return serve(context, serving, protocol::openai_responses, "responses");
}
net::task<void> serve_gemini(call_context& context, service& serving) {
  if (context.head().path.ends_with(":countTokens")) {
    return serve_count(context, serving, protocol::gemini);
  }
  return serve(context, serving, protocol::gemini, "gemini");
}
net::task<void> serve_cohere(call_context& context, service& serving) {
  return serve(context, serving, protocol::cohere, "cohere");
}
net::task<void> serve_converse(call_context& context, service& serving) {
  return serve(context, serving, protocol::bedrock, "converse");
}

} // namespace inferenceflow::api
