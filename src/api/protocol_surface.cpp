#include "api/protocol_surface.h"

#include "api/intake.h"
#include "api/percent_decode.h"
#include "api/protocol_reply.h"
#include "dialogue/digest.h"
#include "pipeline/cache_plan.h"
#include "pipeline/settle.h"

namespace inferenceflow::api {

using dialogue::protocol;

namespace {

/// What the pipeline goes by, from a request that was read.
void fill_facts(pipeline::request& into, const dialogue::request& read) {
  auto& facts = into.facts;
  facts.model = read.model;
  facts.stream = read.stream;
  facts.include_usage = true;
  facts.temperature = read.sample.temperature;
  facts.has_seed = read.sample.seed.has_value();
  facts.max_tokens = read.tokens_max;
  facts.choices = read.answers;
  facts.prompt_text_bytes = dialogue::prompt_text_bytes(read);
  facts.reproducible = facts.has_seed || facts.temperature == 0.0;
  const auto [high, low] = dialogue::digest(read, into.protocol, pipeline::scope_seed(into.tenant));
  facts.hash_high = high;
  facts.hash_low = low;
  if (!read.user.empty()) {
    into.user = printable(read.user);
  }
}

net::task<void> refuse_early(call_context& context, service& serving, const pipeline::request& asked,
                             const dialogue::codec& codec, const error& why) {
  protocol_reply reply{context, codec};
  const pipeline::answer_note nothing{};
  co_await reply.refuse(why, nothing);
  pipeline::record_refusal(serving.shared, serving.settings(), asked, reply.status(), why.kind);
}

net::task<void> serve(call_context& context, service& serving, protocol spoken, std::string_view surface) {
  serving.shared.metrics.request_started();
  const dialogue::codec& codec = serving.shared.codecs.of(spoken);
  auto asked = read_headers(context, serving.settings(), surface);
  if (!asked) {
    const auto nameless = bare_request(context, surface);
    const error why = asked.error();
    co_return co_await refuse_early(context, serving, nameless, codec, why);
  }
  if (const auto typed = check_content_type(context.head()); !typed) {
    const error why = typed.error();
    co_return co_await refuse_early(context, serving, *asked, codec, why);
  }
  asked->protocol = spoken;
  asked->body = context.exchange().body();
  asked->target = {.path = context.head().path, .query = context.head().query};
  auto read = codec.read_request(asked->body, asked->target);
  if (!read) {
    const error why = read.error();
    co_return co_await refuse_early(context, serving, *asked, codec, why);
  }
  asked->read = std::make_shared<const dialogue::request>(std::move(*read));
  if (spoken == protocol::gemini && asked->read->stream && query_value(asked->target.query, "alt") != "sse") {
    const error array = make_error(error_kind::invalid_request, "alt: streams are sent as events; add ?alt=sse", "alt");
    co_return co_await refuse_early(context, serving, *asked, codec, array);
  }
  fill_facts(*asked, *asked->read);
  protocol_reply reply{context, codec};
  co_await serving.life.run(*asked, reply, context.exchange());
}

} // namespace

net::task<void> serve_messages(call_context& context, service& serving) {
  return serve(context, serving, protocol::anthropic, "messages");
}
net::task<void> serve_responses(call_context& context, service& serving) {
  return serve(context, serving, protocol::openai_responses, "responses");
}
net::task<void> serve_gemini(call_context& context, service& serving) {
  return serve(context, serving, protocol::gemini, "gemini");
}
net::task<void> serve_cohere(call_context& context, service& serving) {
  return serve(context, serving, protocol::cohere, "cohere");
}
net::task<void> serve_converse(call_context& context, service& serving) {
  return serve(context, serving, protocol::bedrock, "converse");
}

} // namespace inferenceflow::api
