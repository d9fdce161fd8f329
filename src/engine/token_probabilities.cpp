#include "engine/token_probabilities.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace inferenceflow::engine {

probability_report report_probabilities(std::span<const float> logits, token_id chosen, std::size_t top) {
  const float highest = *std::max_element(logits.begin(), logits.end());
  double sum = 0;
  for (const float x : logits) {
    sum += std::exp(static_cast<double>(x - highest));
  }
  const auto log_sum = static_cast<double>(highest) + std::log(sum);
  const auto logprob_of = [&](token_id id) {
    return static_cast<float>(static_cast<double>(logits[static_cast<std::size_t>(id)]) - log_sum);
  };
  probability_report report;
  report.logprob = logprob_of(chosen);
  const std::size_t count = std::min(top, logits.size());
  if (count == 0) {
    return report;
  }
  std::vector<token_id> order(logits.size());
  std::iota(order.begin(), order.end(), 0);
  const auto likelier = [&](token_id a, token_id b) {
    const float x = logits[static_cast<std::size_t>(a)];
    const float y = logits[static_cast<std::size_t>(b)];
    return x != y ? x > y : a < b;
  };
  std::partial_sort(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(count), order.end(), likelier);
  for (std::size_t i = 0; i < count; ++i) {
    report.top.emplace_back(order[i], logprob_of(order[i]));
  }
  return report;
}

} // namespace inferenceflow::engine
