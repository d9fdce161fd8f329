#include "providers/native/native_provider.h"

#include "cost/estimate.h"
#include "dialogue/assembly.h"
#include "http/upstream_call.h"
#include "providers/native/model_edit.h"
#include "providers/native/outflow.h"
#include "providers/upstream/endpoint.h"
#include "providers/upstream/probe.h"
#include "providers/upstream/reading.h"
#include "providers/upstream/side_exchange.h"
#include "providers/upstream/trace.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>

namespace inferenceflow::providers::native {

namespace {

void fill_usage(answer& got, const std::optional<cost::token_usage>& reported, const call& request,
                cost::observed_traffic seen) {
  seen.prompt_text_bytes = request.facts->prompt_text_bytes;
  const cost::billed_usage bill = cost::bill_by(reported, seen);
  got.usage = bill.usage;
  got.source = bill.source;
}

/// Text, arguments and thoughts, for estimates.
std::size_t text_bytes_of(const dialogue::answer& got) {
  std::size_t bytes = 0;
  dialogue::replay(got, [&bytes](const dialogue::event& happened) {
    using dialogue::event_kind;
    if (happened.kind == event_kind::text || happened.kind == event_kind::arguments ||
        happened.kind == event_kind::reasoning || happened.kind == event_kind::refusal) {
      bytes += happened.text.size();
    }
  });
  return bytes;
}

std::string accepted_by(const dialogue::codec& codec) {
  return fmt::format("application/json, {}", codec.stream_content_type());
}

/// The cheapest thing that each protocol's backends tell to whoever has a key.
std::string_view probe_path(dialogue::protocol spoken) {
  using dialogue::protocol;
  switch (spoken) {
  case protocol::anthropic: return "/v1/models?limit=1";
  case protocol::gemini: return "/v1beta/models?pageSize=1";
  case protocol::cohere: return "/v1/models?page_size=1";
  case protocol::bedrock: return "/async-invoke?maxResults=1";
  case protocol::tgi: return "/health";
  default: return "/v1/models";
  }
}

} // namespace

native_provider::native_provider(net::event_loop& loop, const config::provider_settings& settings,
                                 const config::upstream_settings& bounds, std::shared_ptr<const dialogue::codec> codec,
                                 std::unique_ptr<const authorization> allowed, const clock_source& clock)
    : loop_(loop)
    , name_(settings.name)
    , first_byte_timeout_(settings.first_byte_timeout)
    , idle_timeout_(settings.idle_timeout)
    , bounds_(bounds)
    , codec_(std::move(codec))
    , allowed_(std::move(allowed))
    , clock_(clock)
    , host_(upstream::host_field(settings))
    , base_path_(upstream::base_path(settings))
    , prefix_(upstream::target_prefix(settings))
    , fields_(upstream::fixed_fields(settings, accepted_by(*codec_)).text())
    , pool_(loop, upstream::endpoint_of(settings), upstream::pool_limits_of(settings)) {}

void native_provider::authorise(http::header_block& fields, std::string_view method, std::string_view target,
                                std::string_view body, std::size_t key) const {
  const auto question = target.find('?');
  const signed_request signing{.method = method,
                               .host = host_,
                               .path = target.substr(0, question),
                               .query = question == std::string_view::npos ? std::string_view{}
                                                                           : target.substr(question + 1),
                               .body = body};
  allowed_->add_to(fields, signing, clock_.wall_now(), key);
}

std::string native_provider::head_of(const call& request, std::string_view body) const {
  const dialogue::backend_address where = codec_->address(request.model, request.facts->stream);
  const std::string target = base_path_ + (request.path.empty() ? where.path : std::string{request.path});
  http::header_block own;
  const auto client_says = [&](std::string_view name) {
    return request.features != nullptr && std::any_of(request.features->begin(), request.features->end(),
                                                      [&](const auto& feature) { return feature.first == name; });
  };
  for (const auto& [name, value] : request.headers != nullptr ? *request.headers : where.headers) {
    if (!client_says(name)) {
      own.add(name, value);
    }
  }
  if (request.features != nullptr) {
    for (const auto& [name, value] : *request.features) {
      own.add(name, value);
    }
  }
  authorise(own, "POST", target, body, request.key);
  own.add("x-request-id", request.request_id);
  if (!request.traceparent.empty()) {
    own.add("traceparent", request.traceparent);
  }
  return fmt::format("POST {}{} HTTP/1.1\r\n{}{}Content-Length: {}\r\n\r\n", prefix_, target, fields_, own.text(),
                     body.size());
}

std::string native_provider::probe_head(std::size_t key) const {
  const std::string target = base_path_ + std::string{probe_path(codec_->speaks())};
  http::header_block own;
  for (const auto& [name, value] : codec_->address({}, false).headers) {
    own.add(name, value);
  }
  authorise(own, "GET", target, {}, key);
  return fmt::format("GET {}{} HTTP/1.1\r\n{}{}\r\n", prefix_, target, fields_, own.text());
}

net::task<std::optional<error>> native_provider::probe(std::size_t key, net::cancel_scope& scope) {
  const std::string head = probe_head(key);
  auto failure = co_await upstream::probe(loop_, pool_, first_byte_timeout_, head, scope);
  if (failure && failure->kind == error_kind::forbidden && speaks() == dialogue::protocol::bedrock) {
    failure.reset(); // listing invocations is a permission of its own, which converse does not need
  }
  co_return failure;
}

std::string native_provider::side_head(const side_request& request) const {
  const std::string target = base_path_ + request.path;
  http::header_block own;
  for (const auto& [name, value] : codec_->address({}, false).headers) {
    own.add(name, value);
  }
  authorise(own, request.method, target, request.body, 0);
  const std::string length =
      request.method == "GET" ? std::string{} : fmt::format("Content-Length: {}\r\n", request.body.size());
  return fmt::format("{} {}{} HTTP/1.1\r\n{}{}{}\r\n", request.method, prefix_, target, fields_, own.text(), length);
}

net::task<result<side_answer>> native_provider::exchange(const side_request& request, std::size_t answer_bytes_max,
                                                         net::cancel_scope& scope) {
  const std::string head = side_head(request);
  const upstream::side_patience patience{.first_byte_timeout = first_byte_timeout_, .idle_timeout = idle_timeout_};
  co_return co_await upstream::exchange(loop_, pool_, patience, head, request.body, answer_bytes_max, scope);
}

call_draft native_provider::draft_of(const call& request, std::string_view body) const {
  const auto where = codec_->address(request.model, false);
  call_draft draft{.path = request.path.empty() ? where.path : std::string{request.path}, .body = std::string{body}};
  const auto opts_in = [](const auto& field) { return field.first.ends_with("-beta"); };
  const auto& headers = request.headers != nullptr ? *request.headers : where.headers;
  draft.beta =
      std::any_of(headers.begin(), headers.end(), opts_in) ||
      (request.features != nullptr && std::any_of(request.features->begin(), request.features->end(), opts_in));
  return draft;
}

net::task<result<answer>> native_provider::perform(const call& request, event_sink& sink, net::cancel_scope& scope) {
  if (request.op != wire::openai::operation::chat && request.path.empty()) {
    co_return make_error(error_kind::invalid_request,
                         fmt::format("provider {} has no {} calls", name_, wire::openai::to_string(request.op)),
                         "model");
  }
  const auto edited = with_model(request.body, request.model);
  const std::string_view body = edited ? std::string_view{*edited} : request.body;
  if (request.draft != nullptr) {
    *request.draft = draft_of(request, body);
    co_return make_error(error_kind::cancelled, "drafted");
  }
  if (request.recorded != nullptr) {
    answer got;
    got.status = request.recorded->status;
    got.body = request.recorded->body;
    co_return judged(std::move(got), request);
  }
  const std::string head = head_of(request, body);
  const std::array<std::string_view, 2> pieces{head, body};
  http::upstream_call exchange{loop_, pool_, scope, first_byte_timeout_};
  const auto failure = co_await exchange.start(pieces);
  upstream::note_start(request.trace, exchange, !failure);
  if (failure) {
    co_return *failure;
  }
  if (!exchange.head().content_encoding.empty()) {
    co_return make_error(error_kind::upstream_failed,
                         "the upstream compressed its answer although it was not asked to");
  }
  if (exchange.head().status == 200 && request.facts->stream && request.path.empty()) {
    co_return co_await relay_stream(exchange, request, sink, scope);
  }
  co_return co_await hold_document(exchange, request);
}

net::task<result<answer>> native_provider::hold_document(http::upstream_call& exchange, const call& request) {
  answer got;
  auto failure = co_await upstream::read_whole(exchange, got, idle_timeout_, bounds_.answer_bytes_max);
  if (failure) {
    co_return *failure;
  }
  co_return judged(std::move(got), request);
}

result<answer> native_provider::judged(answer got, const call& request) const {
  return got.status == 200 ? whole_answer(std::move(got), request) : error_answer(std::move(got), request);
}

result<answer> native_provider::whole_answer(answer got, const call& request) const {
  if (!request.path.empty()) {
    return got;
  }
  const auto read = codec_->read_answer(got.body);
  if (!read) {
    return read.error();
  }
  if (!got.content_type.starts_with("application/json")) {
    got.content_type = "application/json"; // it is, whatever the upstream calls it
  }
  const auto first = read->choices.empty() ? dialogue::finish::none : read->choices.front().reason;
  got.finish_reason = finish_word(first);
  got.complete = is_natural_end(first);
  fill_usage(got, read->usage, request, {.delivered_text_bytes = text_bytes_of(*read)});
  return got;
}

/// The document passes, in the protocol that it is in, unless it speaks of the gateway's own key.
result<answer> native_provider::error_answer(answer got, const call& request) const {
  if (got.status < 400) {
    return make_error(error_kind::upstream_failed, fmt::format("the upstream answered with status {}", got.status));
  }
  error why = codec_->read_error(got.status, got.body, got.retry_after);
  upstream::note_refusal(request.trace, got.body, why);
  if (got.status == 401 || got.status == 403) {
    const auto known = allowed_->explain(got.body);
    why = make_error(error_kind::forbidden, !known.empty() ? std::string{known}
                                                           : "the provider does not accept the key that the gateway is "
                                                             "configured with; this is not about the caller's key");
  }
  // Written anew: a provider's own document may name accounts and addresses.
  dialogue::written_error told = codec_->write_error(why);
  if (why.kind == error_kind::forbidden) {
    got.status = 403; // a 401 would be about the caller's key
  } else if (codec_->speaks() == dialogue::protocol::gemini) {
    got.status = told.status; // the document repeats it: both must say the same
  }
  got.content_type = std::move(told.content_type);
  got.body = std::move(told.body);
  return got;
}

net::task<result<answer>> native_provider::relay_stream(http::upstream_call& exchange, const call& request,
                                                        event_sink& sink, net::cancel_scope& scope) {
  outflow out{sink, *codec_, bounds_.event_bytes_max};
  const answer_watch& watch = out.watch();
  answer got;
  got.streamed = true;
  got.content_type = codec_->stream_content_type();
  got.broke = co_await upstream::read_through(exchange, out, idle_timeout_, scope);
  if (got.broke && !out.delivered()) {
    co_return *got.broke; // nothing reached the client: it can still be told properly
  }
  got.told = out.told();
  got.finish_reason = finish_word(watch.reason());
  got.complete = !got.broke && !watch.failure() && is_natural_end(watch.reason());
  fill_usage(got, watch.usage(), request,
             {.delivered_text_bytes = watch.text_bytes(),
              .delivered_events = watch.deltas(),
              .text_behind_count = watch.text_behind_count()});
  co_return got;
}

} // namespace inferenceflow::providers::native
