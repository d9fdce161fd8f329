/// Which model is asked: the cheapest, or the fastest, or both weighed, of those that are good enough.
///
/// Role:      the pipeline asks it once per request of a route with `routing.strategy`, replay in simulated time.
/// Lifecycle: pure function.
/// Threading: reentrant.
/// Bounds:    linear in the candidates, but for sorting them.
///
/// Of the candidates that can take the request, the one with the highest expected quality is the reference (*): with
/// quality q*, expected cost c* and time t*. A candidate is good enough when q >= quality_min * q*. Among those the
/// least
///
///     score = w * c / c*  +  (1 - w) * t / t*  +  quality_weight * (1 - q / q*)  +  usd_price * c
///
/// is chosen, w being 1 for cost_optimal, 0 for latency_optimal and cost_weight for balanced; in_order keeps the
/// route's order of all that can be asked. Candidates that are not good enough follow as fallbacks by their quality,
/// and after them, in the route's order, those whose quality nobody knows. When no quality is known at all, the route's
/// order stands and nothing is put before a model that the operator put first: a saving counts only with its evidence.
///
/// Expected cost: prompt bytes times tokens per byte as the target counts them, the part that its prompt cache holds at
/// the price for that, and the expected output at most max_tokens. So a switch to another model pays for the prefix
/// that it throws away. Expected time: median time to first token and per token; limits are held against the 95th
/// percentiles. What was never measured is taken to be as fast as the reference, and to count tokens and to answer at
/// such a length as the others do.
#pragma once

#include "routing/choice/candidate.h"
#include "routing/choice/decision.h"

#include <span>

namespace inferenceflow::routing {

enum class strategy : std::uint8_t { in_order, cost_optimal, latency_optimal, balanced };

/// "in_order", "cost_optimal", "latency_optimal", "balanced".
[[nodiscard]] std::string_view to_string(strategy which) noexcept;

struct preference {
  strategy which = strategy::cost_optimal;
  double cost_weight = 0.5;    ///< w of balanced, 0 to 1
  double quality_min = 0.95;   ///< share of the best candidate's expected quality; 0 = anything is good enough
  double quality_weight = 0.0; ///< what one whole q* of quality is worth, in costs of the reference
  double usd_price = 0.0;      ///< what a dollar counts beside that while money must be saved: the pacer's price
};

/// @param route  public name, for the decision.
/// @returns a decision whose order is empty when nobody can be asked; why_nobody() says why.
[[nodiscard]] decision choose(std::string_view route, const wishes& asked, std::span<const candidate> among,
                              const preference& wanted);

/// What excluded each, for the client: "gpt-4o (openai): the prompt of 210,000 tokens exceeds its context of 128,000;
/// …".
[[nodiscard]] std::string why_nobody(const decision& made);

/// @returns expected US dollars of the request at this candidate.
[[nodiscard]] double expected_cost_usd(const wishes& asked, const candidate& one) noexcept;

/// @returns expected prompt tokens at this candidate.
[[nodiscard]] double expected_prompt_tokens(const wishes& asked, const candidate& one) noexcept;

} // namespace inferenceflow::routing
