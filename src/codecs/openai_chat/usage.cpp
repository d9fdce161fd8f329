#include "codecs/openai_chat/usage.h"

#include "wire/json/token_index.h"
#include "wire/openai/usage_block.h"

#include <string>

namespace inferenceflow::codecs::openai_chat {

std::optional<cost::token_usage> read_usage(const dialogue::json_view& document) {
  auto block = document.member("usage");
  if (!block.is_object()) {
    const auto groq = document.member("x_groq");
    if (!groq.is_object() || !groq.member("usage").is_object()) {
      return std::nullopt;
    }
    block = groq.member("usage");
  }
  const std::string text = block.json();
  wire::json::token_index index;
  std::optional<cost::token_usage> usage;
  if (!index.build(text)) {
    wire::json::reader in = index.read();
    if (!wire::openai::read_usage(in, usage)) {
      return std::nullopt;
    }
  }
  return usage;
}

void write_usage(json_out& out, const cost::token_usage& usage) {
  out.open_object();
  out.key("prompt_tokens").integer(usage.input());
  out.key("completion_tokens").integer(usage.completion());
  out.key("total_tokens").integer(usage.total());
  out.key("prompt_tokens_details").open_object().key("cached_tokens").integer(usage.cached_input);
  if (usage.cache_write > 0) {
    out.key("cache_write_tokens").integer(usage.cache_write);
  }
  out.close_object();
  out.key("completion_tokens_details").open_object().key("reasoning_tokens").integer(usage.reasoning).close_object();
  out.close_object();
}

} // namespace inferenceflow::codecs::openai_chat
