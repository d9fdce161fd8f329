#include "pipeline/plan_of.h"

#include "pipeline/conversation.h"

#include <algorithm>
#include <fmt/format.h>
#include <xxhash.h>

namespace inferenceflow::pipeline {

using resilience::fault;

namespace {

constexpr std::uint64_t k_bytes_per_token = 4;          ///< of English prose; balancing needs no better
constexpr std::uint64_t k_answer_tokens_expected = 256; ///< of who does not limit them
constexpr std::uint64_t k_answer_tokens_most = 1'024;   ///< limits are set high and seldom reached

std::uint64_t expected_tokens(const wire::openai::request_facts& facts) {
  const auto limit = facts.max_tokens.value_or(static_cast<std::int64_t>(k_answer_tokens_expected));
  return facts.prompt_text_bytes / k_bytes_per_token +
         std::min<std::uint64_t>(static_cast<std::uint64_t>(std::max<std::int64_t>(limit, 1)), k_answer_tokens_most);
}

std::uint64_t prefix_of(const request& asked, const dialogue::codec_set& codecs) {
  if (asked.op != wire::openai::operation::chat) {
    return XXH3_64bits(asked.tenant.data(), asked.tenant.size());
  }
  if (asked.read) {
    return conversation_of(*asked.read, asked.tenant);
  }
  const auto read = codecs.of(asked.protocol).read_request(asked.body, asked.target);
  return read ? conversation_of(*read, asked.tenant) : 0;
}

/// OpenAI's Responses may run on in the background or add to a conversation kept there: twice would be two of them.
bool has_side_effects(const request& asked) {
  return asked.read && std::any_of(asked.read->extras.begin(), asked.read->extras.end(), [](const auto& extra) {
           return extra.name == "background" || extra.name == "conversation";
         });
}

fault fault_of_failure(const providers::call_trace& trace, const error& why) {
  if (trace.declined) {
    return fault::unsupported; // another backend may do it, and this one is well
  }
  switch (why.kind) {
  case error_kind::upstream_failed:
  case error_kind::upstream_timeout:
    if (!trace.connected) {
      return fault::connect_failed;
    }
    return why.kind == error_kind::upstream_timeout && !trace.answered ? fault::no_first_byte : fault::broken;
  default: return resilience::fault_of_error(why);
  }
}

std::optional<std::chrono::milliseconds> retry_after_of(const error& why) {
  return why.retry_after ? std::optional<std::chrono::milliseconds>{*why.retry_after} : std::nullopt;
}

} // namespace

resilience::plan_request plan_of(const request& asked, const dispatch::line& along, const dialogue::codec_set& codecs) {
  resilience::plan_request what;
  what.tokens = expected_tokens(asked.facts);
  what.streamed = asked.facts.stream && asked.op != wire::openai::operation::embedding;
  what.side_effects = has_side_effects(asked);
  if (along.sticky) {
    what.prefix_hash = prefix_of(asked, codecs);
  }
  return what;
}

resilience::attempt_failure failure_of(const providers::call_trace& trace, const result<providers::answer>& got) {
  if (!got) {
    return {
        .what = fault_of_failure(trace, got.error()), .retry_after = retry_after_of(got.error()), .told = got.error()};
  }
  if (got->broke) {
    return {.what = fault_of_failure(trace, *got->broke), .told = *got->broke};
  }
  const int status = trace.status != 0 ? trace.status : got->status;
  resilience::attempt_failure failure{.what = resilience::fault_of_status(status)};
  if (trace.refused) {
    failure.told = *trace.refused;
    failure.retry_after = retry_after_of(*trace.refused);
    if (trace.refused->kind == error_kind::context_too_long) {
      failure.what = fault::context_too_long;
    } else if (trace.filtered && status < 500) {
      failure.what = fault::content_filtered;
    }
  } else {
    failure.told = make_error(status == 429  ? error_kind::rate_limited
                              : status < 500 ? error_kind::invalid_request
                                             : error_kind::upstream_failed,
                              fmt::format("the provider answered with status {}", status));
  }
  return failure;
}

} // namespace inferenceflow::pipeline
