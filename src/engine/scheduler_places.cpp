// Places and cells: who takes them, and who gives them up.
#include "engine/scheduler.h"

#include <algorithm>

namespace inferenceflow::engine {

std::uint32_t scheduler::free_ids() const {
  return static_cast<std::uint32_t>(std::count(id_busy_.begin(), id_busy_.end(), false));
}

void scheduler::take_places(admitted_job& job) {
  for (auto& c : job.choices) {
    if (c.ended) {
      continue;
    }
    ++active_;
    if (c.sequence == k_no_sequence) {
      const auto free = std::find(id_busy_.begin(), id_busy_.end(), false);
      *free = true;
      c.sequence = static_cast<sequence_id>(free - id_busy_.begin());
    }
  }
}

std::vector<scheduler::admitted_job*> scheduler::youngest_first(place where) {
  std::vector<admitted_job*> found;
  for (auto& [id, job] : jobs_) {
    if (job.where == where) {
      found.push_back(&job);
    }
  }
  std::sort(found.begin(), found.end(), [](const auto* a, const auto* b) { return a->turn > b->turn; });
  return found;
}

// Who wants something urgently may take from running batch jobs; the youngest first.
std::vector<scheduler::admitted_job*> scheduler::yielding(bool urgent, const admitted_job* for_job) {
  auto found = urgent ? youngest_first(place::running) : std::vector<admitted_job*>{};
  const auto stays = [&](const admitted_job* j) { return !j->yields() || j == for_job; };
  found.erase(std::remove_if(found.begin(), found.end(), stays), found.end());
  return found;
}

// Cells of parked jobs are there for everybody but a batch job that was admitted later.
std::vector<scheduler::admitted_job*> scheduler::droppable(bool urgent, const admitted_job* for_job) {
  auto found = youngest_first(place::parked);
  const auto before = [&](const admitted_job* j) { return !urgent && for_job != nullptr && j->turn <= for_job->turn; };
  found.erase(std::remove_if(found.begin(), found.end(), before), found.end());
  return found;
}

bool scheduler::admitted_job::holds(sequence_id sequence) const {
  return sequence != k_no_sequence &&
         std::any_of(choices.begin(), choices.end(), [=](const auto& c) { return c.sequence == sequence; });
}

// What there would be if all who can give way did. A pinned job may lose its place, but not its cells.
scheduler::need scheduler::reachable(const need& wanted, const std::vector<admitted_job*>& parked,
                                     const std::vector<admitted_job*>& yielding) const {
  auto had = spare(wanted.express);
  auto places = places_max(wanted.express);
  sequence_set gone;
  for (const auto& [sequence, prefix] : kept_) {
    if (sequence != wanted.pinned) {
      gone.set(static_cast<std::size_t>(sequence));
      ++had.ids;
    }
  }
  for (const auto* jobs : {&parked, &yielding}) {
    for (const auto* job : *jobs) {
      places += jobs == &yielding ? job->alive() : 0;
      if (job->holds(wanted.pinned)) {
        continue;
      }
      had.ids += job->alive();
      had.cells += job->cells();
      for (const auto& c : job->choices) {
        if (c.sequence != k_no_sequence) {
          gone.set(static_cast<std::size_t>(c.sequence));
        }
      }
    }
  }
  had.places = places - std::min(places, active_);
  had.cells += prefixes_.cells_of(gone);
  return had;
}

// All or nothing: nobody is set aside in vain.
bool scheduler::make_room(const need& wanted, bool urgent, const admitted_job* for_job) {
  if (spare(wanted.express).covers(wanted)) {
    return true;
  }
  const auto givers = yielding(urgent, for_job);
  auto parked = droppable(urgent, for_job);
  if (!reachable(wanted, parked, givers).covers(wanted)) {
    return false;
  }
  auto next = givers.begin();
  while (free_places(wanted.express) < wanted.places) {
    set_aside(**next);
    parked.push_back(*next++);
  }
  const auto lacks = [&] { return free_ids() < wanted.ids || free_cells() < wanted.cells; };
  while (lacks() && cheapest_kept(wanted.pinned) != k_no_sequence) {
    forget(cheapest_kept(wanted.pinned));
  }
  // Who will be resumed last loses its cells first.
  std::sort(parked.begin(), parked.end(), [](const auto* a, const auto* b) { return a->turn > b->turn; });
  for (auto one = parked.begin(); one != parked.end() && lacks(); ++one) {
    if (!(*one)->holds(wanted.pinned)) {
      drop_cells(**one);
    }
  }
  for (; lacks() && next != givers.end(); ++next) {
    if (!(*next)->holds(wanted.pinned)) {
      set_aside(**next);
      drop_cells(**next);
    }
  }
  return true;
}

// As make_room, less what the job's prompt will share. Whoever holds that stays, unless it holds too much beside it.
bool scheduler::make_room_sharing(const need& whole, const demand& job, bool urgent, const admitted_job* for_job) {
  const auto found = match_of(job);
  auto wanted = whole;
  wanted.cells -= found.tokens;
  wanted.pinned = source_of(found);
  return make_room(wanted, urgent, for_job) || (found.tokens > 0 && make_room(whole, urgent, for_job));
}

void scheduler::set_aside(admitted_job& job) {
  ++preemptions_;
  ++job.times_set_aside;
  job.where = place::parked;
  active_ -= job.alive();
  const auto before = job.cells();
  job.prompt_cells = job.prompt_done;
  for (auto& c : job.choices) {
    c.granted = c.ended ? c.granted : c.held;
  }
  reserved_cells_ -= before - job.cells();
  if (job.prompt_done == 0) {
    drop_cells(job); // nothing is lost, and its sequences are free
  }
}

void scheduler::drop_cells(admitted_job& job) {
  if (job.where == place::dropped) {
    return;
  }
  job.where = place::dropped;
  reserved_cells_ -= job.cells();
  dropped_tokens_ += job.prompt_done;
  job.prompt_done = 0;
  job.prompt_cells = 0;
  job.shared = 0;
  for (auto& c : job.choices) {
    if (!c.ended) {
      dropped_tokens_ += c.held;
      c.granted = 0;
      c.held = 0;
      free_sequence(c);
    }
  }
}

bool scheduler::drop_spare() {
  if (const auto kept = cheapest_kept(k_no_sequence); kept != k_no_sequence) {
    forget(kept);
    return true;
  }
  const auto parked = youngest_first(place::parked);
  if (parked.empty()) {
    return false;
  }
  drop_cells(*parked.front());
  return true;
}

} // namespace inferenceflow::engine
