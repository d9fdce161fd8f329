/// Log probabilities of tokens under the model's own distribution.
///
/// Role:      generator reports them with each token; sans-IO.
/// Lifecycle: pure function.
/// Threading: any.
/// Bounds:    one pass over the vocabulary, and a partial sort of `top` entries.
#pragma once

#include "engine/request.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace inferenceflow::engine {

struct probability_report {
  float logprob = 0;                           ///< of the chosen token, natural logarithm
  std::vector<std::pair<token_id, float>> top; ///< likeliest first; ties by token id
};

/// @param logits  [vocabulary], unnormalised.
/// @param chosen  index into logits.
/// @param top     how many of the likeliest tokens to report.
/// log p_i = x_i - max - log Σ exp(x_j - max), summed in double.
[[nodiscard]] probability_report report_probabilities(std::span<const float> logits, token_id chosen, std::size_t top);

} // namespace inferenceflow::engine
