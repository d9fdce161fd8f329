#include "engine/scheduler.h"

#include <algorithm>
#include <fmt/format.h>
#include <utility>

namespace inferenceflow::engine {

std::uint32_t scheduler::tokens_max_of(const demand& wanted) const {
  const std::uint32_t room = std::min(limits_.context_tokens, limits_.cells_max) - wanted.prompt_tokens;
  return std::min(wanted.tokens_max.value_or(room), room);
}

// The whole need when it is known and can ever be met; a first block otherwise.
std::uint32_t scheduler::first_grant(const demand& wanted) const {
  const std::uint32_t all = tokens_max_of(wanted);
  const std::uint64_t need = wanted.prompt_tokens + std::uint64_t{all} * wanted.choices;
  if (wanted.tokens_max && need <= limits_.cells_max) {
    return all;
  }
  const std::uint32_t share = (limits_.cells_max - wanted.prompt_tokens) / wanted.choices;
  return std::min({all, limits_.growth_tokens, share});
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

void scheduler::enqueue(const demand& wanted) {
  line_.push_back(wanted);
}

scheduler::running_job scheduler::start(const demand& wanted, std::uint32_t grant) {
  sequence_busy_.resize(limits_.sequences_max, false);
  running_job job{wanted, tokens_max_of(wanted), 0, {}};
  for (std::size_t s = 0; job.choices.size() < wanted.choices; ++s) {
    if (!sequence_busy_[s]) {
      sequence_busy_[s] = true;
      job.choices.push_back({static_cast<sequence_id>(s), grant, 0, false});
    }
  }
  busy_sequences_ += wanted.choices;
  reserved_cells_ += wanted.prompt_tokens + grant * wanted.choices;
  return job;
}

std::vector<scheduler::admission> scheduler::admit() {
  std::vector<admission> admitted;
  while (!line_.empty() && !starving_) {
    const demand& next = line_.front();
    const std::uint32_t grant = first_grant(next);
    if (busy_sequences_ + next.choices > limits_.sequences_max ||
        next.prompt_tokens + grant * next.choices > free_cells()) {
      break;
    }
    const auto& job = running_.emplace_back(start(next, grant));
    admission& entry = admitted.emplace_back(admission{next.job, {}, job.tokens_max});
    for (const auto& c : job.choices) {
      entry.sequences.push_back(c.sequence);
    }
    line_.pop_front();
  }
  return admitted;
}

bool scheduler::grow(const running_job& job, choice& c) {
  const std::uint32_t block = std::min({limits_.growth_tokens, job.tokens_max - c.granted, free_cells()});
  c.granted += block;
  reserved_cells_ += block;
  return block > 0;
}

void scheduler::plan_decodes(step& out) {
  for (auto& job : running_) {
    if (!job.prompt_complete()) {
      continue;
    }
    for (std::uint32_t i = 0; i < job.choices.size(); ++i) {
      auto& c = job.choices[i];
      if (c.ended) {
        continue;
      }
      if (c.decoded == c.granted && !grow(job, c)) {
        starving_ = true;
        continue;
      }
      out.decodes.push_back({job.wanted.job, i, c.sequence, job.wanted.prompt_tokens + c.decoded});
    }
  }
}

void scheduler::plan_prompts(step& out) const {
  auto room = limits_.batch_tokens_max - static_cast<std::uint32_t>(out.decodes.size());
  if (!out.decodes.empty()) {
    room = std::min(room, limits_.shared_prompt_tokens_max);
  }
  for (const auto& job : running_) {
    const std::uint32_t count = std::min(room, job.wanted.prompt_tokens - job.prompt_done);
    if (count == 0) {
      continue;
    }
    const bool last = job.prompt_done + count == job.wanted.prompt_tokens;
    out.prompts.push_back({job.wanted.job, job.choices.front().sequence, job.prompt_done, count, last});
    room -= count;
  }
}

scheduler::step scheduler::plan() {
  step out;
  starving_ = false;
  plan_decodes(out);
  plan_prompts(out);
  if (out.empty() && starving_) {
    out.victim = youngest();
  }
  return out;
}

void scheduler::commit(const step& done) {
  const auto find = [this](job_id id) {
    return std::find_if(running_.begin(), running_.end(), [id](const auto& j) { return j.wanted.job == id; });
  };
  for (const auto& part : done.prompts) {
    if (const auto job = find(part.job); job != running_.end()) {
      job->prompt_done += part.count;
    }
  }
  for (const auto& part : done.decodes) {
    if (const auto job = find(part.job); job != running_.end()) {
      ++job->choices[part.choice].decoded;
    }
  }
}

void scheduler::release(choice& c) {
  if (!std::exchange(c.ended, true)) {
    sequence_busy_[static_cast<std::size_t>(c.sequence)] = false;
    --busy_sequences_;
    reserved_cells_ -= c.granted;
  }
}

void scheduler::end_choice(job_id id, std::uint32_t index) {
  const auto job = std::find_if(running_.begin(), running_.end(), [id](const auto& j) { return j.wanted.job == id; });
  if (job == running_.end()) {
    return;
  }
  release(job->choices[index]);
  if (std::all_of(job->choices.begin(), job->choices.end(), [](const auto& c) { return c.ended; })) {
    drop(job);
  }
}

void scheduler::drop(std::deque<running_job>::iterator job) {
  reserved_cells_ -= job->wanted.prompt_tokens;
  running_.erase(job);
  // While others run, only plan() may lift the mark: the starving choice comes before the waiting line.
  starving_ = starving_ && !running_.empty();
}

std::vector<sequence_id> scheduler::remove(job_id id) {
  line_.erase(std::remove_if(line_.begin(), line_.end(), [id](const auto& d) { return d.job == id; }), line_.end());
  std::vector<sequence_id> freed;
  const auto job = std::find_if(running_.begin(), running_.end(), [id](const auto& j) { return j.wanted.job == id; });
  if (job == running_.end()) {
    return freed;
  }
  for (auto& c : job->choices) {
    if (!c.ended) {
      freed.push_back(c.sequence);
      release(c);
    }
  }
  drop(job);
  return freed;
}

std::optional<scheduler::choice_ref> scheduler::youngest() const {
  for (auto job = running_.rbegin(); job != running_.rend(); ++job) {
    for (auto i = static_cast<std::uint32_t>(job->choices.size()); i-- > 0;) {
      if (!job->choices[i].ended) {
        return choice_ref{job->wanted.job, i};
      }
    }
  }
  return std::nullopt;
}

} // namespace inferenceflow::engine
