/// A decision as people and machines read it.
///
/// Role:      the only place that spells decisions: ledger, GET /v1/requests/{id}, POST /v1/route and the header
///            x-inferenceflow-route.
/// Lifecycle: free functions.
/// Threading: reentrant.
/// Bounds:    a header of k_decision_header_bytes_max; JSON grows with the candidates.
/// Source:    RFC 8259; RFC 9110 §5.5 (field values).
#pragma once

#include "routing/choice/decision.h"

#include <cstddef>
#include <cstdint>
#include <string>

namespace inferenceflow::routing {

inline constexpr std::size_t k_decision_header_bytes_max = 256;

/// {"route", "strategy", "chosen": {"provider", "model", "tier"}, "why", "candidates": [{"provider", "model", "tier",
/// "verdict", "detail", "quality", "cost_usd", "seconds", "score", "output_tokens"}], "order": ["provider/model"],
/// "propensity", "explored", "complexity", "predictor"}, without white space. What is not known is null; a candidate
/// that cannot be asked has no score.
/// @param other  what another choice would have done, as "other"; null = none was asked.
[[nodiscard]] std::string decision_json(const decision& made, const decision* other = nullptr);

/// "auto->gpt-4o-mini; cost_optimal; quality=0.93; cost_usd=0.00012; escalations=0", figures only where they are known;
/// "auto->none" when nobody can be asked. Visible ASCII and spaces: what is not stands as '?', long names are cut.
/// @param escalations  how often the answer of the chosen one, or of those after it, was not trusted.
[[nodiscard]] std::string decision_header(const decision& made, std::uint32_t escalations = 0);

} // namespace inferenceflow::routing
