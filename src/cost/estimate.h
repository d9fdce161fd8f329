/// What a call is billed by: the counts that its backend reported as far as they can be true, else an estimate.
///
/// Role:      providers/, at the end of a call; the ledger row says usage_source::estimated where any part is a guess.
/// Lifecycle: pure function.
/// Threading: thread-safe.
/// Bounds:    each part ≤ k_tokens_max.
/// Source:    the usual rule of thumb of four bytes of English per token, as OpenAI's "What are tokens" help page gives
/// it.
#pragma once

#include "cost/usage.h"

#include <cstddef>
#include <optional>

namespace inferenceflow::cost {

/// What is known of such a call.
struct observed_traffic {
  std::size_t prompt_text_bytes = 0;    ///< text of prompt or messages, JSON syntax excluded
  std::size_t delivered_text_bytes = 0; ///< text of the answer that arrived from the backend
  std::size_t delivered_events = 0;     ///< stream events that carried text; backends send at least a token in each
  bool text_behind_count = false;       ///< more text came after the counts that were reported last
};

/// fresh_input = ⌈prompt_text_bytes / 4⌉; output = max(delivered_events, ⌈delivered_text_bytes / 4⌉); the rest 0.
/// A disconnect is billed for what was delivered, so output counts only that.
[[nodiscard]] token_usage estimate_usage(const observed_traffic& traffic) noexcept;

struct billed_usage {
  token_usage usage;
  usage_source source = usage_source::reported;
};

/// The reported counts, if they can be true. Estimated instead are: all of them where a part reached k_tokens_max,
/// which readers clamp garbage to, and where all are zero although there is text; the output where none is reported of
/// an answer with text, and where text came after the count and the estimate is more: a stream that broke off, whose
/// last count is from its beginning. A prompt alone may count zero: some hosts charge none.
[[nodiscard]] billed_usage bill_by(const std::optional<token_usage>& reported,
                                   const observed_traffic& traffic) noexcept;

} // namespace inferenceflow::cost
