/// What a host of the Chat Completions format takes beyond OpenAI's own, and how it spells it.
///
/// Role:      a codec that writes requests is made with the dialect of its backend; reading takes every dialect at
/// once. Lifecycle: plain value, copied into the codec. Threading: value. Bounds:    none. Source:    OpenAI API
/// reference "Create chat completion"; OpenRouter "Parameters", "Reasoning tokens", "Prompt
///            caching"; DeepSeek "Thinking mode"; Mistral "Chat"; Groq, Cerebras: an unknown field of a message is
///            answered with 400; vLLM, SGLang, llama-server "OpenAI compatible server"; Ollama "OpenAI compatibility".
///            Read 2026-11.
#pragma once

#include <cstdint>
#include <string_view>

namespace inferenceflow::codecs::openai_chat {

/// Reasoning models of OpenAI refuse max_tokens; older hosts ignore or refuse max_completion_tokens.
enum class token_limit_field : std::uint8_t { max_completion_tokens, max_tokens };

/// Where the model's earlier thinking goes back in the history. OpenAI, Groq and Mistral's plain models answer 400 to a
/// field that they do not know, so `dropped` is what is safe everywhere.
enum class history_reasoning : std::uint8_t { dropped, reasoning_content, reasoning, thinking_parts };

/// How a request says how long the model shall think.
enum class reasoning_field : std::uint8_t {
  effort,   ///< "reasoning_effort": "low"
  object,   ///< "reasoning": {"effort", "max_tokens", "exclude"}
  thinking, ///< "thinking": {"type", "budget_tokens"} beside reasoning_effort
};

enum class cache_mark_field : std::uint8_t { dropped, cache_control, prompt_cache_breakpoint };

/// Fields of OpenAI's that some host answers with 400 or 422: translated requests go there without them, and say so.
enum optional_field : std::uint16_t {
  field_logprobs = 1U << 0U, ///< logprobs, top_logprobs
  field_logit_bias = 1U << 1U,
  field_penalties = 1U << 2U, ///< presence_penalty, frequency_penalty
  field_parallel_calls = 1U << 3U,
  field_service_tier = 1U << 4U,
  field_message_name = 1U << 5U,
  field_answers = 1U << 6U, ///< n; refused, not dropped, since the client counts on it
  field_user = 1U << 7U,
  field_cache_key = 1U << 8U,
  field_stream_options = 1U << 9U, ///< of hosts whose streams hold the usage without being asked
};

struct dialect {
  token_limit_field token_limit = token_limit_field::max_completion_tokens;
  history_reasoning history = history_reasoning::dropped;
  /// Thinking goes back as reasoning_details, with the signatures of every maker: for hosts that pass them on.
  bool reasoning_details = false;
  reasoning_field reasoning = reasoning_field::effort;
  cache_mark_field cache_marks = cache_mark_field::dropped;
  bool more_sampling = false; ///< takes top_k, min_p and repetition_penalty
  bool more_media = false;    ///< takes media in tool messages and images in assistants' messages
  bool video = false;         ///< takes video_url
  /// Its streams end with [DONE]. If not, a finish reason of every choice is the end.
  bool done_marker = true;
  std::string_view seed = "seed"; ///< name of the field
  std::uint16_t without = 0;      ///< optional_field bits: what it does not take
};

/// The dialect of a host by its usual name: "openai", "azure", "openrouter", "vllm", "sglang", "llama-server",
/// "ollama", "groq", "mistral", "deepseek", "together", "xai", "cerebras". @returns OpenAI's for any other.
[[nodiscard]] dialect dialect_of(std::string_view host) noexcept;

} // namespace inferenceflow::codecs::openai_chat
