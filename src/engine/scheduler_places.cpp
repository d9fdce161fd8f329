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

// All or nothing: nobody is set aside in vain. Who wants something urgently may take from running batch jobs; cells of
// parked jobs are there for everybody but a batch job that was admitted later.
bool scheduler::make_room(const need& wanted, bool urgent, const admitted_job* for_job) {
  auto yielding = urgent ? youngest_first(place::running) : std::vector<admitted_job*>{};
  const auto stays = [&](const admitted_job* j) { return !j->yields() || j == for_job; };
  yielding.erase(std::remove_if(yielding.begin(), yielding.end(), stays), yielding.end());
  auto parked = youngest_first(place::parked);
  const auto before = [&](const admitted_job* j) { return !urgent && for_job != nullptr && j->turn <= for_job->turn; };
  parked.erase(std::remove_if(parked.begin(), parked.end(), before), parked.end());

  need had{limits_.sequences_max - active_, free_ids(), free_cells()};
  for (const auto* job : parked) {
    had.ids += job->alive();
    had.cells += job->cells();
  }
  for (const auto* job : yielding) {
    had.places += job->alive();
    had.ids += job->alive();
    had.cells += job->cells();
  }
  if (had.places < wanted.places || had.ids < wanted.ids || had.cells < wanted.cells) {
    return false;
  }
  auto next = yielding.begin();
  while (limits_.sequences_max - active_ < wanted.places) {
    set_aside(**next);
    parked.push_back(*next++);
  }
  // Who will be resumed last loses its cells first.
  std::sort(parked.begin(), parked.end(), [](const auto* a, const auto* b) { return a->turn > b->turn; });
  const auto lacks = [&] { return free_ids() < wanted.ids || free_cells() < wanted.cells; };
  for (auto one = parked.begin(); one != parked.end() && lacks(); ++one) {
    drop_cells(**one);
  }
  for (; lacks(); ++next) {
    set_aside(**next);
    drop_cells(**next);
  }
  return true;
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
  for (auto& c : job.choices) {
    if (!c.ended) {
      dropped_tokens_ += c.held;
      c.granted = 0;
      c.held = 0;
      free_sequence(c);
    }
  }
}

bool scheduler::drop_parked() {
  const auto parked = youngest_first(place::parked);
  if (parked.empty()) {
    return false;
  }
  drop_cells(*parked.front());
  return true;
}

} // namespace inferenceflow::engine
