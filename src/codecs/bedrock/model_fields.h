/// What Converse passes to the model as it is: `additionalModelRequestFields`.
///
/// Role:      reads the wishes that several models spell in it (top_k, reasoning) into the superset, and writes them in
///            the target model's spelling. What a spelling is for is told by the model's id.
/// Lifecycle: free functions.
/// Threading: reentrant.
/// Bounds:    as large as the object.
/// Source:    Bedrock User Guide, "Extended thinking" and "Adaptive thinking" (Claude), Nova 2 User Guide, "Extended
///            thinking"; recorded requests to Claude, Nova, gpt-oss and Qwen.
#pragma once

#include "codecs/bedrock/json_out.h"
#include "dialogue/json_view.h"
#include "dialogue/request.h"

#include <string>
#include <string_view>
#include <vector>

namespace inferenceflow::codecs::bedrock {

enum class model_family : std::uint8_t { anthropic, nova, openai, qwen, mistral, cohere, other };

/// By the id's vendor part; `other` for ids that do not tell, such as application inference profiles.
[[nodiscard]] model_family family_of(std::string_view model) noexcept;

/// Prefix of the names of extra fields that stand inside additionalModelRequestFields.
inline constexpr std::string_view k_model_field_prefix = "additionalModelRequestFields.";

/// Reads the object. Members that mean something to the superset go to `asked.sample.top_k` and `asked.reasoning`, the
/// others to `asked.extras`, those that give the model tools or a format as essential.
void read_model_fields(const dialogue::json_view& fields, dialogue::request& asked);

/// Writes top_k, the wish for reasoning and the extras as `additionalModelRequestFields`, or nothing when there is
/// none.
/// @param losses  gets the fields of the superset that this model has no spelling for, or only a near one.
void write_model_fields(const dialogue::request& asked, std::string_view model, json_out& out,
                        std::vector<std::string>& losses);

} // namespace inferenceflow::codecs::bedrock
