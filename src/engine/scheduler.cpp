#include "engine/scheduler.h"

#include <algorithm>
#include <fmt/format.h>

namespace inferenceflow::engine {
namespace {

constexpr double k_newest_answer = 0.1; // weight of the newest answer in the typical length

} // namespace

std::uint32_t scheduler::step::prompt_tokens() const {
  std::uint32_t sum = 0;
  for (const auto& part : prompts) {
    sum += part.count;
  }
  return sum;
}

std::uint32_t scheduler::admitted_job::alive() const {
  return static_cast<std::uint32_t>(
      std::count_if(choices.begin(), choices.end(), [](const auto& c) { return !c.ended; }));
}

std::uint32_t scheduler::admitted_job::cells() const {
  std::uint32_t sum = prompt_cells - shared;
  for (const auto& c : choices) {
    sum += c.ended ? 0 : c.granted;
  }
  return sum;
}

std::uint32_t scheduler::admitted_job::first_alive() const {
  const auto first = std::find_if(choices.begin(), choices.end(), [](const auto& c) { return !c.ended; });
  return static_cast<std::uint32_t>(first - choices.begin());
}

scheduler::scheduler(const scheduler_limits& limits)
    : limits_(limits) {
  limits_.sequence_ids = std::max(limits_.sequence_ids, limits_.sequences_max);
  id_busy_.resize(limits_.sequence_ids, false);
}

result<void> scheduler::check(const demand& wanted) const {
  if (wanted.prompt_tokens == 0) {
    return make_error(error_kind::invalid_request, "the prompt has no tokens; send at least one", "prompt");
  }
  const std::uint32_t context = std::min(limits_.context_tokens, limits_.cells_max);
  if (wanted.prompt_tokens >= context) {
    return make_error(
        error_kind::context_too_long,
        fmt::format("prompt has {} tokens, the context holds {}; at least one must be left for the answer",
                    wanted.prompt_tokens, context),
        "prompt");
  }
  if (wanted.choices == 0 || wanted.choices > limits_.sequences_max) {
    return make_error(
        error_kind::invalid_request,
        fmt::format("n is {}, this model answers 1 to {} choices at once", wanted.choices, limits_.sequences_max), "n");
  }
  return {};
}

// In order of lanes, protected batch jobs before the others, then of admission.
std::vector<scheduler::admitted_job*> scheduler::in_order() {
  std::vector<admitted_job*> running;
  for (auto& [id, job] : jobs_) {
    if (job.where == place::running) {
      running.push_back(&job);
    }
  }
  std::sort(running.begin(), running.end(), [](const admitted_job* a, const admitted_job* b) {
    const auto key = [](const admitted_job& j) { return std::tuple(j.wanted.lane, j.yields(), j.turn); };
    return key(*a) < key(*b);
  });
  return running;
}

bool scheduler::grow(admitted_job& job, choice& c) {
  const auto wanted = std::min(limits_.growth_tokens, job.tokens_max - c.granted);
  if (free_cells() == 0 && !make_room({0, 0, wanted}, !job.yields(), &job) &&
      !make_room({0, 0, 1}, !job.yields(), &job)) {
    return false;
  }
  const auto block = std::min(wanted, free_cells());
  c.granted += block;
  reserved_cells_ += block;
  return block > 0;
}

// Jobs that yield come last, so whoever is set aside to let another grow has no part in the step yet.
void scheduler::plan_decodes(step& out, const std::vector<admitted_job*>& jobs) {
  const bool express = !jobs.empty() && jobs.front()->wanted.lane == service_lane::express;
  std::uint32_t batch_left = express ? limits_.batch_beside_express : limits_.sequences_max;
  for (auto* job : jobs) {
    if (job->where != place::running || !job->prompt_complete() || !job->drawn) {
      continue;
    }
    for (std::uint32_t i = 0; i < job->choices.size(); ++i) {
      auto& c = job->choices[i];
      if (c.ended || c.held != c.decoded || (job->yields() && batch_left == 0)) {
        continue;
      }
      if (c.held == c.granted && !grow(*job, c)) {
        (job->yields() ? batch_starves_ : urgent_starves_) = true;
        continue;
      }
      batch_left -= job->yields() ? 1U : 0U;
      out.decodes.push_back({job->wanted.job, i, c.sequence, job->wanted.prompt_tokens + c.decoded});
    }
  }
}

void scheduler::plan_job_prompt(step& out, const admitted_job& job, std::uint32_t& room) const {
  const auto add = [&](std::uint32_t i, std::uint32_t offset, std::uint32_t missing) {
    const auto count = std::min(room, missing);
    out.prompts_waited = out.prompts_waited || count < missing;
    if (count > 0) {
      const bool last = offset + count == job.wanted.prompt_tokens;
      out.prompts.push_back({job.wanted.job, i, job.choices[i].sequence, offset, count, last, last && !job.drawn});
      room -= count;
    }
  };
  if (!job.prompt_complete()) {
    add(job.first_alive(), job.prompt_done, job.wanted.prompt_tokens - job.prompt_done);
    return;
  }
  for (std::uint32_t i = 0; i < job.choices.size(); ++i) {
    if (const auto& c = job.choices[i]; !c.ended && c.held < c.decoded) {
      add(i, job.wanted.prompt_tokens + c.held, c.decoded - c.held);
    }
  }
}

void scheduler::plan_prompts(step& out, const std::vector<admitted_job*>& jobs, std::uint32_t token_budget) const {
  const auto decodes = static_cast<std::uint32_t>(out.decodes.size());
  const auto tokens = std::min(std::max(token_budget, decodes + limits_.prompt_tokens_min), limits_.batch_tokens_max);
  auto room = tokens - std::min(decodes, tokens);
  const bool express = !jobs.empty() && jobs.front()->wanted.lane == service_lane::express;
  for (const auto* job : jobs) {
    const bool yields = express && job->yields() && limits_.batch_beside_express == 0;
    if (job->where == place::running && !yields && !computed_by_another(out, *job)) {
      plan_job_prompt(out, *job, room);
    }
  }
}

// Nothing moves: a batch job that others would gain from is set aside, its cells given to them.
bool scheduler::give_way() {
  if (running_jobs() < 2) {
    return false;
  }
  for (auto* job : youngest_first(place::running)) {
    if (job->yields()) {
      set_aside(*job);
      drop_cells(*job);
      return true;
    }
  }
  return false;
}

scheduler::step scheduler::plan(std::uint32_t token_budget) {
  for (;;) {
    step out;
    urgent_starves_ = false;
    batch_starves_ = false;
    const auto jobs = in_order();
    for (auto* job : jobs) {
      adopt(*job);
    }
    plan_decodes(out, jobs);
    plan_prompts(out, jobs, token_budget);
    if (!out.empty() || !(urgent_starves_ || batch_starves_)) {
      return out;
    }
    if (!give_way()) {
      out.victim = youngest();
      return out;
    }
  }
}

void scheduler::served_now(const admitted_job& job, std::uint32_t output_tokens) {
  progress_[index_of(job.wanted.lane)] = now_;
  if (output_tokens > 0) {
    lines_[index_of(job.wanted.lane)].charge(job.wanted.tenant, output_tokens);
  }
}

void scheduler::commit_prompt(const prompt_part& part) {
  const auto found = jobs_.find(part.job);
  if (found == jobs_.end()) {
    return;
  }
  auto& job = found->second;
  if (part.offset < job.wanted.prompt_tokens) {
    job.prompt_done += part.count;
    prompt_computed(job);
  } else {
    job.choices[part.choice].held += part.count;
  }
  if (part.last) {
    share_prompt(job, part.choice);
  }
  job.drawn = job.drawn || part.draw;
  served_now(job, part.draw ? job.alive() : 0);
}

void scheduler::commit(const step& done) {
  for (const auto& part : done.prompts) {
    commit_prompt(part);
  }
  for (const auto& part : done.decodes) {
    if (const auto job = jobs_.find(part.job); job != jobs_.end()) {
      ++job->second.choices[part.choice].decoded;
      ++job->second.choices[part.choice].held;
      served_now(job->second, 1);
    }
  }
  generated_ += done.decodes.size();
  forget_unused();
}

void scheduler::free_id(sequence_id sequence) {
  prefixes_.release(sequence);
  id_busy_[static_cast<std::size_t>(sequence)] = false;
  edits_.push_back({k_no_sequence, sequence});
}

void scheduler::free_sequence(choice& c) {
  if (c.sequence != k_no_sequence) {
    free_id(std::exchange(c.sequence, k_no_sequence));
  }
}

void scheduler::release(admitted_job& job, choice& c) {
  if (!std::exchange(c.ended, true)) {
    active_ -= job.where == place::running ? 1U : 0U;
    reserved_cells_ -= c.granted;
    free_sequence(c);
    typical_tokens_ += k_newest_answer * (c.decoded + 1 - typical_tokens_);
  }
}

void scheduler::end_choice(job_id id, std::uint32_t index, std::span<const token_id> text) {
  const auto job = jobs_.find(id);
  if (job == jobs_.end()) {
    return;
  }
  auto& c = job->second.choices[index];
  if (job->second.alive() == 1 && !c.ended && keep(job->second, c, text)) {
    c.sequence = k_no_sequence;
  }
  release(job->second, c);
  if (job->second.alive() == 0) {
    drop(job);
  }
}

void scheduler::drop(std::map<job_id, admitted_job>::iterator job) {
  reserved_cells_ -= job->second.prompt_cells - job->second.shared;
  lines_[index_of(job->second.wanted.lane)].left(job->second.wanted.tenant);
  jobs_.erase(job);
  // While others run, only plan() may lift the mark: the starving choice comes before the waiting line.
  urgent_starves_ = urgent_starves_ && running_jobs() > 0;
  batch_starves_ = batch_starves_ && running_jobs() > 0;
}

void scheduler::remove(job_id id) {
  for (auto& line : lines_) {
    line.remove(id);
  }
  const auto waiting =
      std::find_if(deadlines_.begin(), deadlines_.end(), [id](const auto& d) { return d.second == id; });
  if (waiting != deadlines_.end()) {
    deadlines_.erase(waiting);
  }
  const auto job = jobs_.find(id);
  if (job == jobs_.end()) {
    return;
  }
  for (auto& c : job->second.choices) {
    release(job->second, c);
  }
  drop(job);
}

std::optional<scheduler::choice_ref> scheduler::youngest() const {
  const admitted_job* last = nullptr;
  const auto key = [](const admitted_job& j) { return std::tuple(j.wanted.lane, j.yields(), j.turn); };
  for (const auto& [id, job] : jobs_) {
    if (job.where == place::running && (last == nullptr || key(*last) < key(job))) {
      last = &job;
    }
  }
  for (auto i = last == nullptr ? 0U : static_cast<std::uint32_t>(last->choices.size()); i-- > 0;) {
    if (!last->choices[i].ended) {
      return choice_ref{last->wanted.job, i};
    }
  }
  return std::nullopt;
}

std::uint32_t scheduler::waiting(service_lane lane) const {
  return static_cast<std::uint32_t>(lines_[index_of(lane)].size());
}

std::uint32_t scheduler::waiting() const {
  std::uint32_t sum = 0;
  for (const auto lane : k_all_lanes) {
    sum += waiting(lane);
  }
  return sum;
}

std::uint32_t scheduler::running_jobs() const {
  return static_cast<std::uint32_t>(
      std::count_if(jobs_.begin(), jobs_.end(), [](const auto& j) { return j.second.where == place::running; }));
}

std::uint64_t scheduler::served(service_lane lane, std::string_view tenant) const {
  return lines_[index_of(lane)].served(tenant);
}

} // namespace inferenceflow::engine
