/// Token counts of one call, split into parts that never overlap.
///
/// Role:      wire/ reads it from an answer, cost/ prices it, store/ keeps it.
/// Lifecycle: plain value.
/// Threading: value; no shared state.
/// Bounds:    every part ≥ 0; readers clamp negative and absurd values (k_tokens_max).
#pragma once

#include <cstdint>

namespace inferenceflow::cost {

/// No answer of any provider reaches this; larger reported counts are garbage and are clamped.
inline constexpr std::int64_t k_tokens_max = 100'000'000;

/// Five disjoint parts: their sum is every token that is billed, once.
struct token_usage {
  std::int64_t fresh_input = 0;  ///< prompt tokens neither read from nor written to a provider's prompt cache
  std::int64_t cached_input = 0; ///< prompt tokens read from the provider's prompt cache
  std::int64_t cache_write = 0;  ///< prompt tokens written to the provider's prompt cache
  std::int64_t output = 0;       ///< visible completion tokens, reasoning excluded
  std::int64_t reasoning = 0;    ///< hidden completion tokens
  /// Of cache_write, not beside it: what was written for an hour, which has a price of its own. The rest of cache_write
  /// was written for the provider's usual time, five minutes.
  std::int64_t cache_write_hour = 0;

  [[nodiscard]] std::int64_t input() const { return fresh_input + cached_input + cache_write; }
  [[nodiscard]] std::int64_t completion() const { return output + reasoning; }
  [[nodiscard]] std::int64_t total() const { return input() + completion(); }
  friend bool operator==(const token_usage&, const token_usage&) = default;
};

/// Part by part, of two calls for one answer.
[[nodiscard]] constexpr token_usage operator+(const token_usage& a, const token_usage& b) noexcept {
  return {.fresh_input = a.fresh_input + b.fresh_input,
          .cached_input = a.cached_input + b.cached_input,
          .cache_write = a.cache_write + b.cache_write,
          .output = a.output + b.output,
          .reasoning = a.reasoning + b.reasoning,
          .cache_write_hour = a.cache_write_hour + b.cache_write_hour};
}
/// Part by part; `b` is in `a`.
[[nodiscard]] constexpr token_usage operator-(const token_usage& a, const token_usage& b) noexcept {
  return {.fresh_input = a.fresh_input - b.fresh_input,
          .cached_input = a.cached_input - b.cached_input,
          .cache_write = a.cache_write - b.cache_write,
          .output = a.output - b.output,
          .reasoning = a.reasoning - b.reasoning,
          .cache_write_hour = a.cache_write_hour - b.cache_write_hour};
}

/// Where the counts come from.
enum class usage_source : std::uint8_t {
  reported,  ///< the backend said so
  estimated, ///< counted by us from what was sent and delivered, because the backend did not say
};

} // namespace inferenceflow::cost
