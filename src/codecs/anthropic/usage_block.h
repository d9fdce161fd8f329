/// Anthropic's `usage` object ↔ disjoint token counts.
///
/// Role:      answers and streams read and write it here.
/// Lifecycle: usage_counts is a value; a stream keeps one and merges what each event says.
/// Threading: value; no shared state.
/// Bounds:    counts are clamped to [0, cost::k_tokens_max]; thinking never exceeds the output it is part of.
/// Source:    Claude API reference, Messages: input_tokens leaves cache reads and writes out; output_tokens includes
///            output_tokens_details.thinking_tokens; in streams counts are cumulative. What server-side sub-calls
///            (`iterations` of type advisor_message) used is billed apart and not in these sums.
#pragma once

#include "codecs/anthropic/json_text.h"
#include "cost/usage.h"
#include "dialogue/json_view.h"

#include <cstdint>
#include <optional>
#include <string_view>

namespace inferenceflow::codecs::anthropic {

struct usage_counts {
  std::optional<std::int64_t> input = {};
  std::optional<std::int64_t> cache_read = {};
  std::optional<std::int64_t> cache_write = {};
  std::optional<std::int64_t> cache_write_hour = {}; ///< of cache_write
  std::optional<std::int64_t> output = {};
  std::optional<std::int64_t> thinking = {};

  /// Takes over every count that `usage` holds; an absent object changes nothing. Faults go to the view's document.
  void merge(const dialogue::json_view& usage);
  /// Nothing when no count was seen.
  [[nodiscard]] std::optional<cost::token_usage> disjoint() const;
};

/// Writes the object; zeros when `usage` is null, since clients require it.
/// @param service_tier  written when it is one that Anthropic has; empty = not said.
void write_usage(json_writer& out, const cost::token_usage* usage, std::string_view service_tier);

} // namespace inferenceflow::codecs::anthropic
