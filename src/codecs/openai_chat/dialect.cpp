#include "codecs/openai_chat/dialect.h"

namespace inferenceflow::codecs::openai_chat {

dialect dialect_of(std::string_view host) noexcept {
  dialect of;
  if (host == "openai") {
    of.cache_marks = cache_mark_field::prompt_cache_breakpoint;
  } else if (host == "openrouter") {
    of = {.history = history_reasoning::reasoning,
          .reasoning_details = true,
          .reasoning = reasoning_field::object,
          .cache_marks = cache_mark_field::cache_control,
          .more_sampling = true,
          .more_media = true,
          .video = true};
  } else if (host == "vllm" || host == "sglang") {
    of = {.history = history_reasoning::reasoning_content, .more_sampling = true, .video = true};
  } else if (host == "llama-server") {
    of = {.token_limit = token_limit_field::max_tokens,
          .history = history_reasoning::reasoning_content,
          .more_sampling = true};
  } else if (host == "ollama") {
    of = {.token_limit = token_limit_field::max_tokens, .history = history_reasoning::reasoning};
  } else if (host == "mistral") {
    of = {.token_limit = token_limit_field::max_tokens,
          .history = history_reasoning::thinking_parts,
          .seed = "random_seed",
          .without = field_logprobs | field_logit_bias | field_service_tier | field_message_name | field_user |
                     field_cache_key | field_stream_options};
  } else if (host == "groq") {
    of = {.without = field_logprobs | field_logit_bias | field_message_name | field_answers};
  } else if (host == "cerebras") {
    of = {.without = field_penalties | field_logit_bias | field_parallel_calls | field_service_tier};
  } else if (host == "deepseek") {
    of = {.token_limit = token_limit_field::max_tokens,
          .history = history_reasoning::reasoning_content,
          .reasoning = reasoning_field::thinking};
  } else if (host == "together") {
    of = {.token_limit = token_limit_field::max_tokens, .more_sampling = true};
  }
  return of; // azure, xai: as OpenAI documents it
}

} // namespace inferenceflow::codecs::openai_chat
