/// Names of Gemini's fields, each in both spellings that Google's servers take.
///
/// Role:      readers look fields up through get(), so that "system_instruction" reads as "systemInstruction" does.
/// Lifecycle: constants; views live as long as their document.
/// Threading: reentrant.
/// Bounds:    none.
/// Source:    protobuf JSON mapping (lowerCamelCase or the original name; enums as names or numbers; a lone value where
///            a list is due); recorded requests of several client libraries use all of these.
#pragma once

#include "dialogue/json_view.h"

#include <string_view>

namespace inferenceflow::codecs::gemini {

struct field_name {
  std::string_view camel;
  std::string_view snake;
};

/// The member under either spelling; absent under its camelCase path.
[[nodiscard]] inline dialogue::json_view get(const dialogue::json_view& of, const field_name& name) {
  const dialogue::json_view found = of.member(name.camel);
  if (found.present() || !of.present()) {
    return found;
  }
  const dialogue::json_view other = of.member(name.snake);
  return other.present() ? other : found;
}

/// Calls f(json_view) for each element of a list, or for the lone value that stands where a list is due.
template <class F> void each_of(const dialogue::json_view& list, F&& f) {
  if (list.is_object()) {
    f(list);
    return;
  }
  list.each(f);
}

inline constexpr field_name k_system_instruction{"systemInstruction", "system_instruction"};
inline constexpr field_name k_tool_config{"toolConfig", "tool_config"};
inline constexpr field_name k_function_calling_config{"functionCallingConfig", "function_calling_config"};
inline constexpr field_name k_allowed_function_names{"allowedFunctionNames", "allowed_function_names"};
inline constexpr field_name k_function_declarations{"functionDeclarations", "function_declarations"};
inline constexpr field_name k_parameters_json_schema{"parametersJsonSchema", "parameters_json_schema"};
inline constexpr field_name k_generation_config{"generationConfig", "generation_config"};
inline constexpr field_name k_service_tier{"serviceTier", "service_tier"};
inline constexpr field_name k_function_call{"functionCall", "function_call"};
inline constexpr field_name k_function_response{"functionResponse", "function_response"};
inline constexpr field_name k_inline_data{"inlineData", "inline_data"};
inline constexpr field_name k_file_data{"fileData", "file_data"};
inline constexpr field_name k_mime_type{"mimeType", "mime_type"};
inline constexpr field_name k_file_uri{"fileUri", "file_uri"};
inline constexpr field_name k_display_name{"displayName", "display_name"};
inline constexpr field_name k_thought_signature{"thoughtSignature", "thought_signature"};
inline constexpr field_name k_video_metadata{"videoMetadata", "video_metadata"};
inline constexpr field_name k_media_resolution{"mediaResolution", "media_resolution"};

inline constexpr field_name k_top_p{"topP", "top_p"};
inline constexpr field_name k_top_k{"topK", "top_k"};
inline constexpr field_name k_max_output_tokens{"maxOutputTokens", "max_output_tokens"};
inline constexpr field_name k_candidate_count{"candidateCount", "candidate_count"};
inline constexpr field_name k_stop_sequences{"stopSequences", "stop_sequences"};
inline constexpr field_name k_presence_penalty{"presencePenalty", "presence_penalty"};
inline constexpr field_name k_frequency_penalty{"frequencyPenalty", "frequency_penalty"};
inline constexpr field_name k_response_logprobs{"responseLogprobs", "response_logprobs"};
inline constexpr field_name k_response_mime_type{"responseMimeType", "response_mime_type"};
inline constexpr field_name k_response_schema{"responseSchema", "response_schema"};
inline constexpr field_name k_response_json_schema{"responseJsonSchema", "response_json_schema"};
inline constexpr field_name k_response_modalities{"responseModalities", "response_modalities"};
inline constexpr field_name k_thinking_config{"thinkingConfig", "thinking_config"};
inline constexpr field_name k_thinking_budget{"thinkingBudget", "thinking_budget"};
inline constexpr field_name k_thinking_level{"thinkingLevel", "thinking_level"};
inline constexpr field_name k_include_thoughts{"includeThoughts", "include_thoughts"};

} // namespace inferenceflow::codecs::gemini
