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
    of = {.token_limit = token_limit_field::max_tokens, .history = history_reasoning::thinking_parts};
  } else if (host == "deepseek") {
    of = {.token_limit = token_limit_field::max_tokens,
          .history = history_reasoning::reasoning_content,
          .reasoning = reasoning_field::thinking};
  } else if (host == "together") {
    of = {.token_limit = token_limit_field::max_tokens, .more_sampling = true};
  }
  return of; // azure, groq, xai: as OpenAI documents it
}

} // namespace inferenceflow::codecs::openai_chat
