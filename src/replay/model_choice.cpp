#include "replay/model_choice.h"

#include <algorithm>
#include <numeric>

namespace inferenceflow::replay {

chosen_model targets_in_turn::choose(const asked& /*one*/, const routing::route& route) {
  if (route.chain.empty()) {
    return {.target = &route};
  }
  const std::size_t sharing = std::min(route.weights.size(), route.chain.size());
  const auto total = std::accumulate(route.weights.begin(), route.weights.end(), std::uint64_t{0});
  if (route.balance == config::balance_policy::in_order || sharing < 2 || total == 0) {
    return {.target = route.chain.front().get()};
  }
  // Whoever is furthest behind its share.
  auto& given = given_[&route];
  given.resize(sharing);
  std::size_t next = 0;
  double most_behind = -1e300;
  const double all = static_cast<double>(std::accumulate(given.begin(), given.end(), std::uint64_t{0}) + 1);
  for (std::size_t i = 0; i < sharing; ++i) {
    const double due = all * route.weights[i] / static_cast<double>(total);
    if (due - static_cast<double>(given[i]) > most_behind) {
      most_behind = due - static_cast<double>(given[i]);
      next = i;
    }
  }
  ++given[next];
  return {.target = route.chain[next].get()};
}

} // namespace inferenceflow::replay
