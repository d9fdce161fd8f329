#include "embedding/upstream_embedder.h"

#include "dialogue/scrub.h"
#include "embedding/upstream_wire.h"
#include "providers/no_stream.h"
#include "wire/openai/request_scan.h"

#include <charconv>
#include <fmt/format.h>
#include <utility>

namespace inferenceflow::embedding {
namespace {

error refusal(const providers::answer& got, const providers::call_trace& trace) {
  if (trace.refused) {
    return *trace.refused;
  }
  const auto kind = got.status == 429                        ? error_kind::rate_limited
                    : got.status == 401 || got.status == 403 ? error_kind::forbidden
                                                             : error_kind::upstream_failed;
  auto failure = make_error(kind, fmt::format("the embedding backend answered with status {}", got.status));
  failure.source = error_source::upstream;
  std::uint32_t seconds = 0;
  const auto& wait = got.retry_after;
  if (std::from_chars(wait.data(), wait.data() + wait.size(), seconds).ec == std::errc() && seconds > 0) {
    failure.retry_after = std::chrono::seconds(seconds);
  }
  return failure;
}

} // namespace

upstream_embedder::upstream_embedder(std::shared_ptr<providers::provider> provider, upstream_options options)
    : provider_(std::move(provider))
    , options_(std::move(options))
    , name_(fmt::format("upstream:{}:{}", provider_->name(), options_.model))
    , dimensions_(0) {
  learn(options_.dimensions);
}

void upstream_embedder::learn(std::size_t dimensions) {
  if (dimensions_ == 0 && dimensions != 0) {
    dimensions_ = dimensions;
    space_ = fmt::format("{}:{}", name_, dimensions);
  }
}

net::task<result<vector_ptr>> upstream_embedder::embed(std::string_view text, net::cancel_scope& scope) {
  if (scope.cancelled()) {
    co_return make_error(error_kind::cancelled, "the embedding was cancelled");
  }
  const auto sent = dialogue::cut_at_character(text, options_.text_bytes_max);
  if (sent.find_first_not_of(" \t\r\n") == std::string_view::npos) {
    co_return make_error(error_kind::invalid_request, "an empty text has no embedding", "input");
  }
  const std::string body = write_embedding_body(options_.model, sent, options_.dimensions);
  // One scanner each: what it finds lives as long as the call, and calls overlap.
  wire::openai::request_scanner scanner;
  const auto facts = scanner.scan(wire::openai::operation::embedding, body, 0);
  if (facts.has_error()) { // the text is not UTF-8
    co_return facts.error();
  }
  providers::call_trace trace;
  providers::call request;
  request.op = wire::openai::operation::embedding;
  request.model = options_.model;
  request.body = body;
  request.facts = &facts.value();
  request.key = next_key_++ % provider_->key_count();
  request.trace = &trace;
  providers::no_stream nobody;
  auto got = co_await provider_->perform(request, nobody, scope);
  if (got.has_error()) {
    co_return got.error();
  }
  if (scope.cancelled()) {
    co_return make_error(error_kind::cancelled, "the embedding was cancelled");
  }
  if (got->status >= 400 || got->broke) {
    co_return got->broke ? *got->broke : refusal(*got, trace);
  }
  tokens_charged_ += got->usage.fresh_input;
  auto vector = read_embedding_answer(got->body, dimensions_);
  if (vector.has_error()) {
    co_return vector.error();
  }
  learn(vector->size());
  text_vector made;
  made.values = std::move(*vector);
  made.cut = sent.size() < text.size();
  made.space = space_;
  co_return std::make_shared<const text_vector>(std::move(made));
}

} // namespace inferenceflow::embedding
