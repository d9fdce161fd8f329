#include "codecs/bedrock/usage.h"

#include "dialogue/token_count.h"

namespace inferenceflow::codecs::bedrock {
namespace {

std::optional<std::int64_t> count(const dialogue::json_view& usage, std::string_view name) {
  return dialogue::token_count(usage, {name});
}

/// What cacheDetails says was written for an hour.
std::int64_t written_for_hour(const dialogue::json_view& usage) {
  std::int64_t tokens = 0;
  const auto details = usage.member("cacheDetails");
  if (!details.is_array()) {
    return 0;
  }
  details.each([&](const dialogue::json_view& detail) {
    if (detail.member("ttl").text() == "1h") {
      tokens += count(detail, "inputTokens").value_or(0);
    }
  });
  return tokens;
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
  parts.cache_write_hour = std::min(written_for_hour(usage), parts.cache_write);
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
  if (parts.cache_write_hour > 0) {
    out.key("cacheDetails").open_array();
    out.open_object().key("ttl").text("1h").key("inputTokens").integer(parts.cache_write_hour).close_object();
    if (const std::int64_t rest = parts.cache_write - parts.cache_write_hour; rest > 0) {
      out.open_object().key("ttl").text("5m").key("inputTokens").integer(rest).close_object();
    }
    out.close_array();
  }
  out.close_object();
}

} // namespace inferenceflow::codecs::bedrock
