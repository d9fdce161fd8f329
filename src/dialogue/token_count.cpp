#include "dialogue/token_count.h"

#include "cost/usage.h"

#include <algorithm>
#include <cmath>

namespace inferenceflow::dialogue {

std::optional<std::int64_t> token_count(json_view block, std::initializer_list<std::string_view> path) {
  for (const std::string_view key : path) {
    if (!block.is_object()) {
      return std::nullopt;
    }
    block = block.member(key);
  }
  if (!block.is_number()) {
    return std::nullopt;
  }
  const double bounded = std::clamp(block.number().value_or(0), 0.0, static_cast<double>(cost::k_tokens_max));
  return static_cast<std::int64_t>(std::trunc(bounded));
}

} // namespace inferenceflow::dialogue
