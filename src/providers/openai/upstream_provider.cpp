#include "providers/openai/upstream_provider.h"

#include "http/upstream_call.h"
#include "providers/openai/answer_verdict.h"
#include "providers/openai/outflow.h"
#include "providers/upstream/endpoint.h"
#include "providers/upstream/probe.h"
#include "providers/upstream/reading.h"
#include "providers/upstream/side_exchange.h"
#include "providers/upstream/trace.h"
#include "wire/openai/request_edit.h"

#include <fmt/format.h>

namespace inferenceflow::providers::openai {

using wire::openai::operation;

namespace {

std::string_view path_of(operation op) {
  switch (op) {
  case operation::chat: return "/chat/completions";
  case operation::completion: return "/completions";
  case operation::embedding: return "/embeddings";
  }
  return {};
}

/// The fields that are the same for every request with this key. @param key  empty: the user of base_url, if it has
/// one.
http::header_block fields_of(const config::provider_settings& settings, const std::string& key,
                             http::header_block fields) {
  if (!key.empty()) {
    const auto [name, value] = upstream::key_field(settings, "Authorization", key);
    fields.add(name, value);
  } else if (const auto basic = upstream::url_authorization(settings); !basic.empty()) {
    fields.add("Authorization", basic);
  }
  return fields;
}

} // namespace

upstream_provider::upstream_provider(net::event_loop& loop, const config::provider_settings& settings,
                                     const config::upstream_settings& bounds,
                                     std::shared_ptr<const dialogue::codec> codec)
    : loop_(loop)
    , name_(settings.name)
    , first_byte_timeout_(settings.first_byte_timeout)
    , idle_timeout_(settings.idle_timeout)
    , bounds_(bounds)
    , stream_usage_(settings.stream_usage)
    , codec_(std::move(codec))
    , pool_(loop, upstream::endpoint_of(settings), upstream::pool_limits_of(settings)) {
  const std::string base = upstream::target_prefix(settings) + upstream::base_path(settings);
  const std::vector<std::string> no_key(1);
  for (const std::string& key : settings.api_keys.empty() ? no_key : settings.api_keys) {
    const auto fields =
        fields_of(settings, key, upstream::fixed_fields(settings, "application/json, text/event-stream"));
    if (heads_.empty()) {
      side_target_ = base;
      side_fields_ = fields_of(settings, key, upstream::fixed_fields(settings, "*/*", {})).text();
    }
    key_heads& heads = heads_.emplace_back();
    for (const operation op : {operation::chat, operation::completion, operation::embedding}) {
      heads.calls[static_cast<std::size_t>(op)] =
          fmt::format("POST {}{} HTTP/1.1\r\n{}", base, path_of(op), fields.text());
    }
    heads.probe = fmt::format("GET {}/models HTTP/1.1\r\n{}\r\n", base, fields.text());
  }
}

net::task<std::optional<error>> upstream_provider::probe(std::size_t key, net::cancel_scope& scope) {
  co_return co_await upstream::probe(loop_, pool_, first_byte_timeout_, heads_[key % heads_.size()].probe, scope);
}

std::string upstream_provider::request_head(const call& request, std::size_t body_bytes) const {
  const std::string& fixed = heads_[request.key % heads_.size()].calls[static_cast<std::size_t>(request.op)];
  std::string head;
  head.reserve(fixed.size() + 192);
  head.append(fixed);
  head.append("x-request-id: ").append(request.request_id).append("\r\n");
  if (!request.traceparent.empty()) {
    head.append("traceparent: ").append(request.traceparent).append("\r\n");
  }
  head.append("Content-Length: ").append(std::to_string(body_bytes)).append("\r\n\r\n");
  return head;
}

net::task<result<answer>> upstream_provider::perform(const call& request, event_sink& sink, net::cancel_scope& scope) {
  const bool streamable = request.facts->stream && request.op != operation::embedding;
  const wire::openai::request_edit edit{request.body, *request.facts, request.model,
                                        streamable && stream_usage_ && !request.facts->include_usage};
  if (request.draft != nullptr) {
    *request.draft = {.path = fmt::format("/v1{}", path_of(request.op)), .body = edit.joined()};
    co_return make_error(error_kind::cancelled, "drafted");
  }
  if (request.recorded != nullptr) {
    answer got;
    got.status = request.recorded->status;
    got.body = request.recorded->body;
    co_return judged(std::move(got), request);
  }
  const std::string head = request_head(request, edit.size_bytes());
  std::array<std::string_view, wire::openai::request_edit::k_pieces_max + 1> pieces{head};
  std::copy(edit.pieces().begin(), edit.pieces().end(), pieces.begin() + 1);

  http::upstream_call exchange{loop_, pool_, scope, first_byte_timeout_};
  const auto failure = co_await exchange.start(std::span{pieces.data(), edit.pieces().size() + 1});
  upstream::note_start(request.trace, exchange, !failure);
  if (failure) {
    co_return *failure;
  }
  if (!exchange.head().content_encoding.empty()) {
    co_return make_error(error_kind::upstream_failed,
                         "the upstream compressed its answer although it was not asked to");
  }
  if (exchange.head().status == 200 && exchange.head().event_stream && streamable) {
    co_return co_await relay_stream(exchange, request, sink, edit.added_include_usage(), scope);
  }
  co_return co_await hold_document(exchange, request);
}

net::task<result<answer>> upstream_provider::hold_document(http::upstream_call& exchange, const call& request) {
  answer got;
  auto failure = co_await upstream::read_whole(exchange, got, idle_timeout_, bounds_.answer_bytes_max);
  if (failure) {
    co_return *failure;
  }
  co_return judged(std::move(got), request);
}

result<answer> upstream_provider::judged(answer got, const call& request) {
  if (got.status == 200) {
    return whole_answer(std::move(got), request, reader_);
  }
  if (request.trace != nullptr && got.status >= 400) {
    upstream::note_refusal(request.trace, got.body, codec_->read_error(got.status, got.body, got.retry_after));
  }
  return error_answer(std::move(got));
}

net::task<result<side_answer>> upstream_provider::exchange(const side_request& request, std::size_t answer_bytes_max,
                                                           net::cancel_scope& scope) {
  const std::string content = request.method == "GET" ? std::string{}
                                                      : fmt::format("Content-Type: {}\r\nContent-Length: {}\r\n",
                                                                    request.content_type, request.body.size());
  const std::string head =
      fmt::format("{} {}{} HTTP/1.1\r\n{}{}\r\n", request.method, side_target_, request.path, side_fields_, content);
  const upstream::side_patience patience{.first_byte_timeout = first_byte_timeout_, .idle_timeout = idle_timeout_};
  co_return co_await upstream::exchange(loop_, pool_, patience, head, request.body, answer_bytes_max, scope);
}

net::task<result<answer>> upstream_provider::relay_stream(http::upstream_call& exchange, const call& request,
                                                          event_sink& sink, bool usage_was_added,
                                                          net::cancel_scope& scope) {
  outflow out{sink, usage_was_added, *codec_, bounds_.event_bytes_max};
  answer got;
  got.streamed = true;
  got.content_type = exchange.head().content_type;
  got.broke = co_await upstream::read_through(exchange, out, idle_timeout_, scope);
  if (got.broke && !out.delivered()) {
    co_return *got.broke; // nothing reached the client: it can still be told properly
  }
  got.told = out.facts().is_error; // the client has read why
  settle_stream(got, out.facts(), request);
  co_return got;
}

} // namespace inferenceflow::providers::openai
