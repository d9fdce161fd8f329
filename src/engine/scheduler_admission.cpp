// Who is let in, and in which order.
#include "engine/scheduler.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>

namespace inferenceflow::engine {
namespace {

constexpr std::chrono::seconds k_retry_after_max{60};

error refused(std::string message, double wait_s) {
  auto why = make_error(error_kind::unavailable, std::move(message));
  why.retryable = true;
  why.retry_after = std::clamp(std::chrono::seconds(static_cast<std::int64_t>(std::ceil(std::min(wait_s, 1e6)))),
                               std::chrono::seconds(1), k_retry_after_max);
  return why;
}

std::int64_t milliseconds_of(double seconds) {
  return static_cast<std::int64_t>(std::lround(std::min(seconds, 1e9) * 1000));
}

} // namespace

std::uint32_t scheduler::tokens_max_of(const demand& wanted) const {
  const std::uint32_t room = std::min(limits_.context_tokens, limits_.cells_max) - wanted.prompt_tokens;
  return std::min(wanted.tokens_max.value_or(room), room);
}

// The whole need when it is known and can ever be met; a first block otherwise.
std::uint32_t scheduler::first_grant(const demand& wanted) const {
  const std::uint32_t all = tokens_max_of(wanted);
  const std::uint64_t needed = wanted.prompt_tokens + std::uint64_t{all} * wanted.choices;
  if (wanted.tokens_max && needed <= limits_.cells_max) {
    return all;
  }
  const std::uint32_t share = (limits_.cells_max - wanted.prompt_tokens) / wanted.choices;
  return std::min({all, limits_.growth_tokens, share});
}

// The cells that a choice needs to go on: its text so far, and as much again as at the beginning.
std::uint32_t scheduler::regrant(const admitted_job& job, const choice& c) const {
  std::uint32_t text = 0;
  for (const auto& one : job.choices) {
    text += one.ended ? 0 : one.decoded;
  }
  const auto room = limits_.cells_max - std::min(limits_.cells_max, job.wanted.prompt_tokens + text);
  const auto more = std::min(first_grant(job.wanted), room / std::max(job.alive(), 1U));
  return std::max(c.granted, std::min(job.tokens_max, c.decoded + more));
}

double scheduler::wait_estimate(service_lane lane, std::uint32_t choices, const step_pace& pace) const {
  double prompt_tokens = 0;
  double text_tokens = 0;
  std::uint64_t places = choices;
  for (const auto& [id, job] : jobs_) {
    if (lane != service_lane::batch && job.yields()) {
      continue;
    }
    prompt_tokens += job.wanted.prompt_tokens - job.prompt_done;
    for (const auto& c : job.choices) {
      const double whole = std::min<double>(typical_tokens_, job.tokens_max);
      text_tokens += c.ended ? 0 : std::max(whole - c.decoded, 1.0);
      places += c.ended ? 0 : 1;
    }
  }
  for (const auto before : k_all_lanes) {
    if (before <= lane) {
      const auto& line = lines_[index_of(before)];
      prompt_tokens += static_cast<double>(line.prompt_tokens());
      text_tokens += typical_tokens_ * static_cast<double>(line.choices());
      places += line.choices();
    }
  }
  const double for_places =
      places <= places_max(lane == service_lane::express) ? 0 : text_tokens / limits_.sequences_max;
  return prompt_tokens * pace.prompt_token_s + for_places * pace.step_s;
}

void scheduler::mark_arrival(service_lane lane, steady_time now) {
  const bool runs =
      std::any_of(jobs_.begin(), jobs_.end(), [&](const auto& j) { return j.second.wanted.lane == lane; });
  if (lines_[index_of(lane)].empty() && !runs) {
    progress_[index_of(lane)] = now;
  }
}

result<void> scheduler::offer(const demand& wanted, steady_time now, const step_pace& pace) {
  if (auto fits = check(wanted); fits.has_error()) {
    return fits;
  }
  auto& line = lines_[index_of(wanted.lane)];
  const double wait_s = wait_estimate(wanted.lane, wanted.choices, pace);
  if (line.size() >= limits_.queue_max[index_of(wanted.lane)]) {
    return refused(fmt::format("{} requests wait in lane {} already", line.size(), to_string(wanted.lane)), wait_s);
  }
  auto due = now + limits_.patience[index_of(wanted.lane)];
  if (wanted.deadline) {
    const double work_s = (wanted.prompt_tokens - match_of(wanted).tokens) * pace.prompt_token_s +
                          std::min<double>(typical_tokens_, tokens_max_of(wanted)) * pace.gap_s;
    const double left_s = std::chrono::duration<double>(*wanted.deadline - now).count();
    if (left_s <= 0 || wait_s + work_s > left_s) {
      return refused(fmt::format("the answer would take about {} ms, {} ms of them waiting in lane {}; its deadline is "
                                 "in {} ms",
                                 milliseconds_of(wait_s + work_s), milliseconds_of(wait_s), to_string(wanted.lane),
                                 milliseconds_of(std::max(left_s, 0.0))),
                     wait_s);
    }
    due = std::min(due, *wanted.deadline);
    deadlines_.emplace(*wanted.deadline, wanted.job);
  }
  mark_arrival(wanted.lane, now);
  line.push(wanted, now, due);
  return {};
}

std::vector<job_id> scheduler::expire(steady_time now) {
  std::vector<job_id> late;
  while (!deadlines_.empty() && deadlines_.begin()->first <= now) {
    late.push_back(deadlines_.begin()->second);
    remove(late.back());
  }
  return late;
}

// A lane that wants something and has got nothing done for a while. Express has nobody before it.
bool scheduler::starves(service_lane lane) const {
  const bool wants = !lines_[index_of(lane)].empty() || std::any_of(jobs_.begin(), jobs_.end(), [&](const auto& j) {
    return j.second.wanted.lane == lane;
  });
  return wants && lane != service_lane::express && now_ - progress_[index_of(lane)] >= limits_.aging;
}

bool scheduler::any_protected() const {
  return std::any_of(jobs_.begin(), jobs_.end(), [](const auto& j) { return j.second.protected_place; });
}

// One batch job at a time is protected: the one that was admitted first.
void scheduler::protect_starving() {
  if (any_protected() || !starves(service_lane::batch)) {
    return;
  }
  admitted_job* oldest = nullptr;
  for (auto& [id, job] : jobs_) {
    if (job.yields() && job.where == place::running && (oldest == nullptr || job.turn < oldest->turn)) {
      oldest = &job;
    }
  }
  if (oldest != nullptr) {
    oldest->protected_place = true;
  }
}

std::optional<scheduler::candidate> scheduler::next_candidate() {
  const auto of_lane = [this](service_lane lane, bool aged) -> std::optional<candidate> {
    if (lane == service_lane::batch) {
      admitted_job* oldest = nullptr;
      for (auto& [id, job] : jobs_) {
        if (job.where != place::running && (oldest == nullptr || job.turn < oldest->turn)) {
          oldest = &job;
        }
      }
      if (oldest != nullptr) {
        return candidate{lane, oldest, aged};
      }
    }
    return lines_[index_of(lane)].empty() ? std::nullopt : std::optional(candidate{lane, nullptr, aged});
  };
  for (const auto lane : {service_lane::standard, service_lane::batch}) {
    if (starves(lane) && !(lane == service_lane::batch && any_protected())) {
      if (auto found = of_lane(lane, true)) {
        return found;
      }
    }
  }
  for (const auto lane : k_all_lanes) {
    if (auto found = of_lane(lane, false)) {
      return found;
    }
  }
  return std::nullopt;
}

std::vector<scheduler::admission> scheduler::admit(steady_time now) {
  now_ = now;
  std::vector<admission> admitted;
  protect_starving();
  while (!urgent_starves_) {
    const auto next = next_candidate();
    if (!next || (batch_starves_ && next->lane == service_lane::batch)) {
      break;
    }
    const bool done = next->paused != nullptr ? resume(*next->paused, next->aged, admitted)
                                              : start_fresh(next->lane, next->aged, admitted);
    if (!done) {
      break;
    }
    if (next->lane != service_lane::batch) { // a batch job may be set aside before it has got anything done
      progress_[index_of(next->lane)] = now;
    }
  }
  return admitted;
}

bool scheduler::start_fresh(service_lane lane, bool aged, std::vector<admission>& out) {
  const auto& next = *lines_[index_of(lane)].front();
  const auto grant = first_grant(next.wanted);
  const auto cells = next.wanted.prompt_tokens + grant * next.wanted.choices;
  const need wanted{next.wanted.choices, next.wanted.choices, cells, k_no_sequence, lane == service_lane::express};
  if (!make_room_sharing(wanted, next.wanted, lane != service_lane::batch, nullptr)) {
    return false;
  }
  const auto taken = lines_[index_of(lane)].take();
  if (taken.wanted.deadline) {
    deadlines_.erase({*taken.wanted.deadline, taken.wanted.job});
  }
  auto& job = jobs_[taken.wanted.job];
  job.wanted = taken.wanted;
  job.turn = next_turn_++;
  job.tokens_max = tokens_max_of(taken.wanted);
  job.prompt_cells = taken.wanted.prompt_tokens;
  job.protected_place = aged && lane == service_lane::batch;
  job.choices.resize(taken.wanted.choices);
  for (auto& c : job.choices) {
    c.granted = grant;
  }
  reserved_cells_ += cells;
  take_places(job);
  adopt(job);
  auto& entry = out.emplace_back(admission{taken.wanted.job, {}, job.tokens_max, false, now_ - taken.arrived});
  for (const auto& c : job.choices) {
    entry.sequences.push_back(c.sequence);
  }
  return true;
}

bool scheduler::resume(admitted_job& job, bool aged, std::vector<admission>& out) {
  const bool recomputes = job.where == place::dropped;
  std::uint32_t cells = job.wanted.prompt_tokens - job.prompt_cells;
  for (const auto& c : job.choices) {
    cells += c.ended ? 0 : regrant(job, c) - c.granted;
  }
  const need wanted{job.alive(), recomputes ? job.alive() : 0, cells};
  if (recomputes ? !make_room_sharing(wanted, job.wanted, false, &job) : !make_room(wanted, false, &job)) {
    return false;
  }
  job.where = place::running;
  job.protected_place = aged || (job.times_set_aside >= limits_.set_aside_max && !any_protected());
  job.prompt_cells = job.wanted.prompt_tokens;
  std::vector<std::uint32_t> grants; // all before any changes: they depend on each other
  for (const auto& c : job.choices) {
    grants.push_back(regrant(job, c));
  }
  for (std::size_t i = 0; i < grants.size(); ++i) {
    job.choices[i].granted = job.choices[i].ended ? job.choices[i].granted : grants[i];
  }
  reserved_cells_ += cells;
  take_places(job);
  adopt(job);
  if (recomputes) {
    auto& entry = out.emplace_back(admission{job.wanted.job, {}, job.tokens_max, true});
    for (const auto& c : job.choices) {
      entry.sequences.push_back(c.sequence);
    }
  }
  return true;
}

} // namespace inferenceflow::engine
