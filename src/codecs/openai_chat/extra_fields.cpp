#include "codecs/openai_chat/extra_fields.h"

#include <algorithm>
#include <array>

namespace inferenceflow::codecs::openai_chat {
namespace {

constexpr std::array<std::string_view, 20> k_essential{"audio",
                                                       "ebnf",
                                                       "documents",
                                                       "grammar",
                                                       "guided_choice",
                                                       "guided_grammar",
                                                       "guided_json",
                                                       "guided_regex",
                                                       "json_schema",
                                                       "modalities",
                                                       "moderation",
                                                       "plugins",
                                                       "preset",
                                                       "regex",
                                                       "models",
                                                       "response_format",
                                                       "search_parameters",
                                                       "structured_outputs",
                                                       "tool_choice",
                                                       "web_search_options"};

constexpr std::array<std::string_view, 40> k_tuning{"add_generation_prompt",
                                                    "best_of",
                                                    "cache_prompt",
                                                    "chat_template",
                                                    "chat_template_kwargs",
                                                    "clear_thinking",
                                                    "compound_custom",
                                                    "continue_final_message",
                                                    "exclude_domains",
                                                    "id_slot",
                                                    "ignore_eos",
                                                    "include_domains",
                                                    "include_reasoning",
                                                    "keep_alive",
                                                    "length_penalty",
                                                    "metadata",
                                                    "min_tokens",
                                                    "options",
                                                    "prediction",
                                                    "prompt_cache_options",
                                                    "prompt_cache_retention",
                                                    "prompt_mode",
                                                    "provider",
                                                    "random_seed",
                                                    "reasoning",
                                                    "reasoning_effort",
                                                    "reasoning_format",
                                                    "route",
                                                    "safe_prompt",
                                                    "safety_identifier",
                                                    "separate_reasoning",
                                                    "session_id",
                                                    "skip_special_tokens",
                                                    "store",
                                                    "stream_options",
                                                    "stop_token_ids",
                                                    "thinking",
                                                    "top_a",
                                                    "transforms",
                                                    "verbosity"};

template <class Names> bool holds(const Names& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

} // namespace

bool is_essential_extra(std::string_view name) noexcept {
  return holds(k_essential, name);
}

bool is_known_extra(std::string_view name) noexcept {
  const std::string_view root = name.substr(0, name.find('.'));
  return holds(k_essential, root) || holds(k_tuning, root);
}

} // namespace inferenceflow::codecs::openai_chat
