/// A request for a chat answer, in no protocol's clothes.
///
/// Role:      a codec reads its protocol's body into this and writes it as another's.
/// Lifecycle: plain value that owns its text.
/// Threading: value; no shared state.
/// Bounds:    as large as the body that was read.
#pragma once

#include "dialogue/part.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace inferenceflow::dialogue {

enum class role : std::uint8_t {
  system, ///< OpenAI's `developer` too
  user,
  assistant,
  tool, ///< holds tool_result_parts only; readers of protocols that put results into user turns split them off
};

struct message {
  role who = role::user;
  std::vector<part> parts = {};
  std::string name = {}; ///< OpenAI: the participant's name
  friend bool operator==(const message&, const message&) = default;
};

struct tool {
  std::string name = {};
  std::string description = {};
  std::string parameters = {}; ///< JSON Schema as text; empty = takes none
  std::optional<bool> strict = {};
  std::string opaque = {}; ///< a tool of the provider's own (web search, code): its whole JSON; then only `name` is set
  std::optional<protocol> origin = {}; ///< of `opaque`
  std::optional<cache_life> cache_mark = {};
  friend bool operator==(const tool&, const tool&) = default;
};

enum class tool_mode : std::uint8_t { unsaid, automatic, forbidden, required, named };

struct tool_choice {
  tool_mode mode = tool_mode::unsaid;
  std::string name = {};             ///< with mode named
  std::optional<bool> parallel = {}; ///< several calls in one turn allowed
  friend bool operator==(const tool_choice&, const tool_choice&) = default;
};

enum class format_kind : std::uint8_t { text, json, json_schema };

struct output_format {
  format_kind kind = format_kind::text;
  std::string name = {}; ///< OpenAI's name of the schema
  std::string description = {};
  std::string schema = {}; ///< JSON Schema as text, with json_schema
  std::optional<bool> strict = {};
  friend bool operator==(const output_format&, const output_format&) = default;
};

struct sampling {
  std::optional<double> temperature = {};
  std::optional<double> top_p = {};
  std::optional<double> min_p = {};
  std::optional<std::int64_t> top_k = {};
  std::optional<double> presence_penalty = {};
  std::optional<double> frequency_penalty = {};
  std::optional<double> repetition_penalty = {};
  std::optional<std::int64_t> seed = {};
  std::string logit_bias = {}; ///< OpenAI's JSON object as text; empty = none
  friend bool operator==(const sampling&, const sampling&) = default;
};

enum class effort : std::uint8_t { none, minimal, low, medium, high, extra_high };

struct reasoning_wish {
  std::optional<effort> level = {};
  std::optional<std::int64_t> budget_tokens =
      {};                         ///< Anthropic, Gemini, Cohere, Bedrock; 0 = off, -1 = as the model likes
  std::optional<bool> shown = {}; ///< thoughts or their summary shall be in the answer
  std::string summary = {};       ///< OpenAI Responses: "auto", "concise", "detailed"
  friend bool operator==(const reasoning_wish&, const reasoning_wish&) = default;
};

/// A field of the body that the superset has no place for.
struct extra_field {
  std::string name = {};  ///< with its path: "prediction", "audio.voice"
  std::string json = {};  ///< its value
  bool essential = false; ///< without it the answer would not be what was asked for: refused rather than dropped
  friend bool operator==(const extra_field&, const extra_field&) = default;
};

struct request {
  std::string model = {};
  std::vector<message> messages =
      {}; ///< system messages where the protocol put them; a leading one from a system field
  std::vector<tool> tools = {};
  tool_choice choice = {};
  output_format format = {};
  std::vector<std::string> stop = {};
  sampling sample = {};
  std::optional<std::int64_t> tokens_max = {}; ///< visible and reasoning tokens together
  std::int64_t answers = 1;                    ///< OpenAI's n, Gemini's candidateCount
  bool logprobs = false;
  std::int64_t top_logprobs = 0;
  bool stream = false;
  bool usage_in_stream = true; ///< OpenAI's stream_options.include_usage; other protocols always send it
  reasoning_wish reasoning = {};
  std::string user = {};         ///< end user, for the provider's abuse checks
  std::string service_tier = {}; ///< "auto", "default", "flex", "priority", "standard_only"
  std::string cache_key = {};    ///< OpenAI's prompt_cache_key
  std::vector<extra_field> extras = {};
  friend bool operator==(const request&, const request&) = default;
};

} // namespace inferenceflow::dialogue
