/// What an upstream's answer is worth: whole, an error to pass on, or garbage.
///
/// Role:      upstream_provider asks once an answer is read.
/// Lifecycle: free functions over values.
/// Threading: one event loop (whole_answer uses a reader that it is given).
/// Bounds:    messages of upstreams are cut to k_upstream_message_bytes_max.
/// Source:    OpenAI API reference, "Error codes".
#pragma once

#include "providers/provider.h"
#include "wire/openai/stream_watch.h"
#include "wire/openai/usage_read.h"

#include <optional>

namespace inferenceflow::providers::openai {

inline constexpr std::size_t k_upstream_message_bytes_max = 512;

/// A 200 with a document: usage and completeness are filled in.
/// @returns upstream_failed when it is no OpenAI answer.
[[nodiscard]] result<answer> whole_answer(answer got, const call& request, wire::openai::answer_reader& reader);

/// Any other status. The upstream's error document passes as it is; what is not one is put into words. 401 and 403
/// concern the gateway's key, so the text is ours. Redirects and other surprises are upstream_failed.
[[nodiscard]] result<answer> error_answer(answer got);

/// How a stream that ended by itself ended: nothing if it was whole.
[[nodiscard]] std::optional<error> stream_verdict(const wire::openai::stream_facts& facts);

/// Usage and completeness of a stream, estimated where it was cut off before it reported.
void settle_stream(answer& got, const wire::openai::stream_facts& facts, const call& request);

} // namespace inferenceflow::providers::openai
