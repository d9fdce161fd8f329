/// Token counts for calls whose backend never reported them: the client left early, or the stream died.
///
/// Role:      pipeline/ at settle, when no usage block arrived; the ledger row says usage_source::estimated.
/// Lifecycle: pure function.
/// Threading: thread-safe.
/// Bounds:    each part ≤ k_tokens_max.
/// Source:    the usual rule of thumb of four bytes of English per token, as OpenAI's "What are tokens" help page gives
/// it.
#pragma once

#include "cost/usage.h"

#include <cstddef>

namespace inferenceflow::cost {

/// What is known of such a call.
struct observed_traffic {
  std::size_t prompt_text_bytes = 0;    ///< text of prompt or messages, JSON syntax excluded
  std::size_t delivered_text_bytes = 0; ///< text of the answer that arrived from the backend
  std::size_t delivered_events = 0;     ///< stream events that carried text; backends send at least a token in each
};

/// fresh_input = ⌈prompt_text_bytes / 4⌉; output = max(delivered_events, ⌈delivered_text_bytes / 4⌉); the rest 0.
/// A disconnect is billed for what was delivered, so output counts only that.
[[nodiscard]] token_usage estimate_usage(const observed_traffic& traffic) noexcept;

} // namespace inferenceflow::cost
