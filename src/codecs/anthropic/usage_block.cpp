#include "codecs/anthropic/usage_block.h"

#include "dialogue/token_count.h"

#include <algorithm>

namespace inferenceflow::codecs::anthropic {

namespace {

using dialogue::token_count;

/// A count that is not there, or is none, leaves the one from before.
void take(std::optional<std::int64_t>& place, const std::optional<std::int64_t>& count) {
  place = count ? count : place;
}

} // namespace

void usage_counts::merge(const dialogue::json_view& usage) {
  take(input, token_count(usage, {"input_tokens"}));
  take(cache_read, token_count(usage, {"cache_read_input_tokens"}));
  take(output, token_count(usage, {"output_tokens"}));
  take(thinking, token_count(usage, {"output_tokens_details", "thinking_tokens"}));
  const auto minutes = token_count(usage, {"cache_creation", "ephemeral_5m_input_tokens"});
  const auto hour = token_count(usage, {"cache_creation", "ephemeral_1h_input_tokens"});
  take(cache_write_hour, hour);
  if (const auto written = token_count(usage, {"cache_creation_input_tokens"})) {
    cache_write = written;
  } else if (minutes || hour) {
    cache_write = std::min(minutes.value_or(0) + hour.value_or(0), cost::k_tokens_max);
  }
}

std::optional<cost::token_usage> usage_counts::disjoint() const {
  if (!input && !cache_read && !cache_write && !output) {
    return std::nullopt;
  }
  const std::int64_t all = output.value_or(0);
  const std::int64_t hidden = std::min(thinking.value_or(0), all);
  return cost::token_usage{.fresh_input = input.value_or(0),
                           .cached_input = cache_read.value_or(0),
                           .cache_write = cache_write.value_or(0),
                           .output = all - hidden,
                           .reasoning = hidden,
                           .cache_write_hour = std::min(cache_write_hour.value_or(0), cache_write.value_or(0))};
}

void write_usage(json_writer& out, const cost::token_usage* usage, std::string_view service_tier) {
  const cost::token_usage counts = usage == nullptr ? cost::token_usage{} : *usage;
  out.begin_object();
  out.number("input_tokens", counts.fresh_input);
  out.number("cache_creation_input_tokens", counts.cache_write);
  out.number("cache_read_input_tokens", counts.cached_input);
  if (counts.cache_write_hour > 0) {
    out.key("cache_creation");
    out.begin_object();
    out.number("ephemeral_5m_input_tokens", counts.cache_write - counts.cache_write_hour);
    out.number("ephemeral_1h_input_tokens", counts.cache_write_hour);
    out.end_object();
  }
  out.number("output_tokens", counts.completion());
  if (counts.reasoning > 0) {
    out.key("output_tokens_details");
    out.begin_object();
    out.number("thinking_tokens", counts.reasoning);
    out.end_object();
  }
  if (service_tier == "standard" || service_tier == "priority" || service_tier == "batch") {
    out.text("service_tier", service_tier);
  }
  out.end_object();
}

} // namespace inferenceflow::codecs::anthropic
