/// Reads chat and completion requests in OpenAI wire format into what the engine takes.
///
/// Role:      local_provider parses every text call with it; sans-IO.
/// Lifecycle: pure functions.
/// Threading: any.
/// Bounds:    k_prompts_max prompts, k_stops_max stop strings, k_top_logprobs_max alternatives per token.
/// Source:    OpenAI API reference, chat/completions and completions. Fields without meaning here (user, metadata,
///            store, …) are ignored, service_tier is the gateway's own to read; fields that ask for what this model
///            cannot do are refused by name.
#pragma once

#include "base/error.h"
#include "engine/request.h"

#include <boost/json/object.hpp>
#include <cstdint>
#include <string_view>
#include <vector>

namespace inferenceflow::providers::local {

inline constexpr std::size_t k_prompts_max = 64;
inline constexpr std::size_t k_stops_max = 4;
inline constexpr std::int64_t k_top_logprobs_max = 20;
inline constexpr std::int64_t k_completion_logprobs_max = 5;
inline constexpr std::int64_t k_choices_max = 128;
/// A completion without max_tokens: the API's own default for that endpoint.
inline constexpr std::uint32_t k_completion_tokens_default = 16;

struct text_request {
  bool chat = true;
  bool stream = false;
  bool include_usage = false;
  bool logprobs = false;
  /// One for chat, one per prompt for completion; alike but for the prompt.
  std::vector<engine::generation> generations;
};

/// @returns invalid_request whose param names the field, e.g. "messages[1].content[0].type".
[[nodiscard]] result<text_request> parse_chat_request(const boost::json::object& body);
[[nodiscard]] result<text_request> parse_completion_request(const boost::json::object& body);

} // namespace inferenceflow::providers::local
