#include "providers/openai/answer_verdict.h"

#include "codecs/openai_chat/error.h"
#include "cost/estimate.h"
#include "dialogue/scrub.h"
#include "wire/openai/error_body.h"

#include <fmt/format.h>

namespace inferenceflow::providers::openai {

namespace {

constexpr std::string_view k_json = "application/json";

void fill_usage(answer& got, const std::optional<cost::token_usage>& reported, const call& request,
                cost::observed_traffic seen) {
  seen.prompt_text_bytes = request.facts->prompt_text_bytes;
  const cost::billed_usage bill = cost::bill_by(reported, seen);
  got.usage = bill.usage;
  got.source = bill.source;
}

/// The provider's own document, less keys, addresses and names of accounts: word by word where it stays a document,
/// else written anew.
std::string cleaned(const answer& got, wire::openai::answer_reader& reader) {
  constexpr std::string_view k_escaped_address = R"(:\/\/)";
  const bool escaped = got.body.find(k_escaped_address) != std::string::npos;
  std::string clean = dialogue::scrubbed(got.body);
  if (!escaped && (clean == got.body || reader.read(wire::openai::operation::chat, clean).is_error)) {
    return clean;
  }
  return wire::openai::error_body(codecs::openai_chat::read_error(got.status, got.body, got.retry_after));
}

} // namespace

result<answer> whole_answer(answer got, const call& request, wire::openai::answer_reader& reader) {
  const auto facts = reader.read(request.op, got.body);
  if (!facts.well_formed || facts.is_error || (facts.choices == 0 && !facts.complete)) {
    return make_error(error_kind::upstream_failed, facts.well_formed ? "the upstream's answer is not in OpenAI's format"
                                                                     : "the upstream's answer is not valid JSON");
  }
  if (!got.content_type.starts_with(k_json)) {
    got.content_type = k_json; // it is, whatever the upstream calls it
  }
  got.complete = facts.cacheable;
  got.finish_reason = wire::openai::to_string(facts.finish);
  fill_usage(got, facts.usage, request, {.delivered_text_bytes = facts.text_bytes});
  return got;
}

result<answer> error_answer(answer got) {
  if (got.status < 400) {
    return make_error(error_kind::upstream_failed, fmt::format("the upstream answered with status {}", got.status));
  }
  wire::openai::answer_reader reader;
  const bool is_error_document = reader.read(wire::openai::operation::chat, got.body).is_error;
  if (got.status == 401 || got.status == 403) {
    error refused = make_error(error_kind::forbidden, "the provider does not accept the key that the gateway is "
                                                      "configured with; this is not about the caller's key");
    got.body = wire::openai::error_body(refused);
  } else if (!is_error_document) {
    error wrapped = make_error(got.status == 429  ? error_kind::rate_limited
                               : got.status < 500 ? error_kind::invalid_request
                                                  : error_kind::upstream_failed,
                               fmt::format("the provider answered with status {}", got.status));
    got.body = wire::openai::error_body(wrapped);
  } else {
    got.body = cleaned(got, reader);
  }
  got.content_type = k_json;
  return got;
}

std::optional<error> stream_verdict(const wire::openai::stream_facts& facts) {
  if (facts.is_error) {
    return make_error(error_kind::upstream_failed, "the upstream's stream ended in an error");
  }
  if (facts.done || facts.finished) {
    return std::nullopt;
  }
  return make_error(error_kind::upstream_failed, facts.events == 0
                                                     ? "the upstream's stream held no event"
                                                     : "the upstream ended its stream before the answer was complete");
}

void settle_stream(answer& got, const wire::openai::stream_facts& facts, const call& request) {
  got.complete = facts.cacheable && !got.broke;
  got.finish_reason = wire::openai::to_string(facts.finish);
  fill_usage(got, facts.usage, request,
             {.delivered_text_bytes = facts.text_bytes,
              .delivered_events = facts.text_deltas,
              .text_behind_count = facts.text_bytes != facts.counted_text_bytes});
}

} // namespace inferenceflow::providers::openai
