/// The fields that chat and completion requests have in common.
///
/// Role:      text_request only.
/// Lifecycle: pure functions.
/// Threading: any.
/// Bounds:    see text_request.h.
#pragma once

#include "providers/local/body_fields.h"
#include "providers/local/text_request.h"

#include <string>
#include <vector>

namespace inferenceflow::providers::local {

/// temperature, top_p, top_k, min_p, penalties, seed, logit_bias.
[[nodiscard]] result<engine::sampling_options> read_sampling(const body_fields& fields);

/// A string, or up to k_stops_max of them.
[[nodiscard]] result<std::vector<std::string>> read_stop(const body_fields& fields);

/// stream and stream_options.
[[nodiscard]] result<void> read_stream(const body_fields& fields, text_request& request);

/// Refuses fields that ask for something the local model does not do.
/// @param unsupported  pairs of field name and the reason for the message.
[[nodiscard]] result<void> refuse_fields(const body_fields& fields,
                                         const std::vector<std::pair<std::string_view, std::string_view>>& unsupported);

/// An array of token ids. @param name  for messages.
[[nodiscard]] result<std::vector<engine::token_id>> read_tokens(const boost::json::array& ids, const std::string& name);

} // namespace inferenceflow::providers::local
