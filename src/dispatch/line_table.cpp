#include "dispatch/line_table.h"

namespace inferenceflow::dispatch {

line_table::line_table(switchboard& board, std::shared_ptr<const config::settings> settings,
                       const routing::route_table& routes)
    : board_(board)
    , settings_(std::move(settings)) {
  const std::lock_guard lock{board_.mutex};
  for (const auto& route : routes.every()) {
    const auto made = make_line(*settings_, route, board_.machines);
    fixed_.emplace(route.get(), made);
    note(*made);
  }
  board_.machines.prune();
}

std::shared_ptr<line> line_table::of(const std::shared_ptr<const routing::route>& route) {
  if (const auto found = fixed_.find(route.get()); found != fixed_.end()) {
    return found->second;
  }
  const std::lock_guard lock{board_.mutex};
  if (const auto found = open_.find(route->identity); found != open_.end()) {
    return found->second;
  }
  auto made = make_line(*settings_, route, board_.machines);
  if (open_.size() < k_open_lines_max) {
    open_.emplace(route->identity, made);
    note(*made);
  } else {
    board_.machines.prune();
  }
  return made;
}

void line_table::note(const line& made) {
  for (const auto& target : made.targets) {
    if (seen_.insert(target.get()).second) {
      targets_.push_back(target);
    }
    if (seen_.insert(target->on.get()).second) {
      backends_.push_back(target->on);
    }
  }
}

std::vector<line_table::backend_view> line_table::backends() const {
  const std::lock_guard lock{board_.mutex};
  std::vector<backend_view> views;
  for (const auto& state : backends_) {
    views.push_back({.provider = state->provider,
                     .sick = state->machine.wellness.sick(),
                     .places = state->machine.places.limit(),
                     .in_flight = state->machine.places.in_flight(),
                     .waiting = state->machine.waiting.size()});
  }
  return views;
}

std::vector<line_table::target_view> line_table::targets(steady_time now) const {
  const std::lock_guard lock{board_.mutex};
  std::vector<target_view> views;
  for (const auto& state : targets_) {
    views.push_back(
        {.provider = state->on->provider, .model = state->model, .breaker = state->machine.breaker.state(now)});
  }
  return views;
}

std::vector<std::shared_ptr<backend_state>> line_table::take_due_probes(steady_time now) {
  const std::lock_guard lock{board_.mutex};
  std::vector<std::shared_ptr<backend_state>> due;
  for (auto& state : backends_) {
    if (!state->probing && state->machine.wellness.probe_due_at() <= now) {
      state->probing = true;
      due.push_back(state);
    }
  }
  return due;
}

bool line_table::probed(backend_state& backend, bool good, steady_time now) {
  const std::lock_guard lock{board_.mutex};
  const bool was_sick = backend.machine.wellness.sick();
  backend.probing = false;
  backend.machine.wellness.probed(good, now, board_.random);
  return was_sick && !backend.machine.wellness.sick();
}

} // namespace inferenceflow::dispatch
