/// Names that the request's reader and its writer must agree on.
///
/// Role:      request_read leaves what is not among them to extras; request_write writes these extras back.
/// Lifecycle: constants.
/// Threading: constants.
/// Bounds:    none.
/// Source:    OpenAI API reference, "Create a model response"; SDK type ResponseCreateParams; `provider`, `models` and
///            `plugins` are OpenRouter's.
#pragma once

#include <array>
#include <string_view>

namespace inferenceflow::codecs::openai_responses {

/// Fields of the body that the superset has a place for.
inline constexpr std::array<std::string_view, 18> k_told_fields{
    "model",        "instructions", "input",       "tools",  "parallel_tool_calls", "text",
    "reasoning",    "temperature",  "top_p",       "stream", "max_output_tokens",   "service_tier",
    "top_logprobs", "include",      "tool_choice", "user",   "prompt_cache_key",    "safety_identifier",
};

/// Fields that travel as extras and that this protocol takes back.
struct carried_field {
  std::string_view name;
  bool essential; ///< without it the answer would not be what was asked for
};

inline constexpr std::array k_carried_fields{
    carried_field{"background", true},           // the answer would be a ticket for an answer
    carried_field{"conversation", true},         // half of the prompt lies with the provider
    carried_field{"previous_response_id", true}, // the same
    carried_field{"prompt", true},               // a template that lies with the provider
    carried_field{"moderation", true},           // asks for verdicts beside the answer
    carried_field{"tool_choice", true},          // a choice among hosted tools or a subset of all
    carried_field{"access_programs", false},
    carried_field{"background_options", false},
    carried_field{"context_management", false},
    carried_field{"image", false},
    carried_field{"include", false},
    carried_field{"max_tool_calls", false},
    carried_field{"metadata", false},
    carried_field{"models", false},
    carried_field{"plugins", false},
    carried_field{"prompt_cache_options", false},
    carried_field{"prompt_cache_retention", false},
    carried_field{"provider", false},
    carried_field{"safety_identifier", false},
    carried_field{"store", false},
    carried_field{"stream_options", false},
    carried_field{"truncation", false},
};

inline constexpr std::string_view k_logprobs_wish = "message.output_text.logprobs";

} // namespace inferenceflow::codecs::openai_responses
