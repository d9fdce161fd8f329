/// A whole answer, in no protocol's clothes.
///
/// Role:      a codec reads a backend's document into this and writes it as the client's.
/// Lifecycle: plain value that owns its text.
/// Threading: value; no shared state.
/// Bounds:    as large as the document that was read.
#pragma once

#include "cost/usage.h"
#include "dialogue/part.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace inferenceflow::dialogue {

enum class finish : std::uint8_t {
  none,           ///< not ended, or not said
  stop,           ///< the model had said all
  stop_sequence,  ///< one of the request's stop sequences
  length,         ///< tokens_max or the context's end
  tool_calls,     ///< the model waits for tool results
  content_filter, ///< the provider withheld the rest
  refusal,        ///< the model declined
  paused,         ///< Anthropic's pause_turn: send the turn back to go on
  failed,         ///< the provider broke off: malformed call, internal error
  other,
};

/// Stable lower-case name.
[[nodiscard]] std::string_view to_string(finish reason) noexcept;

struct token_logprob {
  std::string token = {};
  double logprob = 0;
  std::vector<std::pair<std::string, double>> top = {}; ///< likeliest tokens at this place, the chosen one included
  friend bool operator==(const token_logprob&, const token_logprob&) = default;
};

struct choice {
  std::vector<part> parts = {}; ///< in order; of an assistant's message
  finish reason = finish::none;
  std::string stop_sequence = {}; ///< with finish::stop_sequence, where the provider says which
  std::vector<token_logprob> logprobs = {};
  friend bool operator==(const choice&, const choice&) = default;
};

struct answer {
  std::string id = {};        ///< the provider's; empty if it sent none
  std::string model = {};     ///< as the provider names it
  std::int64_t created_s = 0; ///< Unix seconds; 0 = not said
  std::vector<choice> choices = {};
  std::optional<cost::token_usage> usage = {};
  std::string service_tier = {};
  friend bool operator==(const answer&, const answer&) = default;
};

} // namespace inferenceflow::dialogue
