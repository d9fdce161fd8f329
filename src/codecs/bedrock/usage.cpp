#include "codecs/bedrock/usage.h"

#include "dialogue/token_count.h"

namespace inferenceflow::codecs::bedrock {
namespace {

std::optional<std::int64_t> count(const dialogue::json_view& usage, std::string_view name) {
  return dialogue::token_count(usage, {name});
}

} // namespace

std::optional<cost::token_usage> read_usage(const dialogue::json_view& usage) {
  const auto input = count(usage, "inputTokens");
  const auto output = count(usage, "outputTokens");
  if (!input && !output) {
    return std::nullopt;
  }
  cost::token_usage parts;
  parts.fresh_input = input.value_or(0);
  parts.output = output.value_or(0);
  parts.cached_input = count(usage, "cacheReadInputTokens").value_or(0);
  parts.cache_write = count(usage, "cacheWriteInputTokens").value_or(0);
  const std::int64_t from_cache = parts.cached_input + parts.cache_write;
  const bool included = count(usage, "totalTokens") == parts.fresh_input + parts.output;
  if (from_cache > 0 && included && from_cache <= parts.fresh_input) {
    parts.fresh_input -= from_cache;
  }
  return parts;
}

void write_usage(const std::optional<cost::token_usage>& usage, json_out& out) {
  const cost::token_usage parts = usage.value_or(cost::token_usage{});
  out.key("usage").open_object();
  out.key("inputTokens").integer(parts.fresh_input);
  out.key("outputTokens").integer(parts.completion());
  out.key("totalTokens").integer(parts.total());
  out.key("cacheReadInputTokens").integer(parts.cached_input);
  out.key("cacheWriteInputTokens").integer(parts.cache_write);
  out.close_object();
}

} // namespace inferenceflow::codecs::bedrock
