#include "pipeline/miss_pace.h"

#include <algorithm>

namespace inferenceflow::pipeline {

void miss_pace::record(std::uint64_t route, std::chrono::nanoseconds took) {
  const std::lock_guard lock{mutex_};
  if (routes_.size() >= k_routes_max && !routes_.contains(route)) {
    return;
  }
  recent& of = routes_[route];
  of.took[of.count++ % k_kept] = std::min<std::chrono::nanoseconds>(took, k_delay_max);
}

std::chrono::nanoseconds miss_pace::draw(std::uint64_t route) {
  const std::lock_guard lock{mutex_};
  const auto at = routes_.find(route);
  if (at == routes_.end()) {
    return k_first_guess;
  }
  const std::size_t known = std::min(at->second.count, k_kept);
  return at->second.took[std::uniform_int_distribution<std::size_t>{0, known - 1}(draws_)];
}

} // namespace inferenceflow::pipeline
