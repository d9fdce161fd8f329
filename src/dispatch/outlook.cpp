#include "dispatch/outlook.h"

#include <algorithm>
#include <mutex>

namespace inferenceflow::dispatch {

std::vector<bool> healthy_targets(switchboard& board, const line& along, steady_time now) {
  std::vector<bool> well(along.targets.size());
  std::vector<bool> open(along.targets.size());
  const std::lock_guard lock{board.mutex};
  for (std::size_t i = 0; i < along.targets.size(); ++i) {
    const resilience::target& to = along.targets[i]->machine;
    open[i] = to.rests_until <= now && to.any_key(now) && to.breaker.allows(now);
    well[i] = open[i] && to.on.wellness.usable(now);
  }
  return std::find(well.begin(), well.end(), true) != well.end() ? well : open;
}

std::shared_ptr<line> ordered(const line& along, std::span<const std::size_t> order) {
  auto made = std::make_shared<line>(along.own);
  made->budget = along.budget;
  made->hedges = along.hedges;
  for (const std::size_t at : order) {
    made->routes.push_back(along.routes[at]);
    made->targets.push_back(along.targets[at]);
    made->candidates.push_back(along.candidates[at]);
  }
  return made;
}

} // namespace inferenceflow::dispatch
