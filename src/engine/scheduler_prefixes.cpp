// What prompts have in common: who shares whose cells, and what is kept for those to come.
#include "engine/scheduler.h"

#include <algorithm>

namespace inferenceflow::engine {
namespace {

// A token's attention over so many before it costs about as much as the rest of its computation.
constexpr double k_attention_tokens = 4096;

double cost_to_recompute(std::pair<std::uint32_t, std::uint32_t> positions) {
  const double count = positions.second - positions.first;
  const double middle = (positions.first + positions.second) / 2.0;
  return count * (1 + middle / k_attention_tokens);
}

} // namespace

std::string_view scheduler::scope_of(const demand& wanted) const {
  return limits_.share_prefixes ? std::string_view() : std::string_view(wanted.tenant);
}

// The last token is always computed: the answer's first is drawn from what comes out of it.
prefix_tree::match scheduler::match_of(const demand& wanted) const {
  return shares(wanted) ? prefixes_.longest(scope_of(wanted), wanted.prompt.first(wanted.prompt.size() - 1))
                        : prefix_tree::match{};
}

// One that is kept rather than a job's: so jobs stay free to give way.
sequence_id scheduler::source_of(const prefix_tree::match& found) const {
  for (const auto& [sequence, prefix] : kept_) {
    if (found.holders.test(static_cast<std::size_t>(sequence))) {
      return sequence;
    }
  }
  for (std::size_t i = 0; i < id_busy_.size(); ++i) {
    if (found.holders.test(i)) {
      return static_cast<sequence_id>(i);
    }
  }
  return k_no_sequence;
}

// What others hold of `tokens` behind the first `held` becomes the holder's, in place of what it has there itself.
void scheduler::share_cells(std::string_view scope, std::span<const token_id> tokens, sequence_id holder,
                            std::uint32_t held) {
  const auto found = prefixes_.longest(scope, tokens);
  if (found.tokens > held) {
    const auto begin = static_cast<std::int32_t>(held);
    const auto end = static_cast<std::int32_t>(found.tokens);
    edits_.push_back({k_no_sequence, holder, begin, end});
    edits_.push_back({source_of(found), holder, begin, end});
  }
  prefixes_.hold(scope, tokens, holder);
}

// Before a step: what has been computed meanwhile, by whomever, need not be computed again.
void scheduler::adopt(admitted_job& job) {
  if (job.prompt_complete() || job.where != place::running) {
    return;
  }
  const auto found = match_of(job.wanted);
  if (found.tokens <= job.prompt_done) {
    return;
  }
  hit(source_of(found));
  share_cells(scope_of(job.wanted), job.wanted.prompt.first(found.tokens), job.choices[job.first_alive()].sequence,
              job.shared);
  const auto gained = found.tokens - job.prompt_done;
  reused_tokens_ += gained;
  job.reused += job.drawn ? 0 : gained;
  reserved_cells_ -= found.tokens - job.shared;
  job.prompt_done = found.tokens;
  job.shared = found.tokens;
}

// Whole blocks of the prompt are there for others from now on. Another may have computed the same in the same step.
void scheduler::prompt_computed(admitted_job& job) {
  const auto whole = whole_blocks(job.prompt_done);
  if (!shares(job.wanted) || whole <= job.shared) {
    return;
  }
  share_cells(scope_of(job.wanted), job.wanted.prompt.first(whole), job.choices[job.first_alive()].sequence,
              job.shared);
  reserved_cells_ -= whole - job.shared;
  job.shared = whole;
}

// The prompt is complete: the other choices read its cells where they lie.
void scheduler::share_prompt(const admitted_job& job, std::uint32_t computed_choice) {
  const auto from = job.choices[computed_choice].sequence;
  for (const auto& c : job.choices) {
    if (!c.ended && c.sequence != from) {
      edits_.push_back({from, c.sequence});
      prefixes_.hold(scope_of(job.wanted), job.wanted.prompt.first(job.shared), c.sequence);
    }
  }
}

// A part of the step computes at least one block that the job needs next.
bool scheduler::computed_by_another(const step& planned, const admitted_job& job) const {
  if (!shares(job.wanted) || job.prompt_complete()) {
    return false;
  }
  return std::any_of(planned.prompts.begin(), planned.prompts.end(), [&](const prompt_part& part) {
    const auto& other = jobs_.at(part.job).wanted;
    const auto reach = whole_blocks(std::min(part.offset + part.count, other.prompt_tokens));
    return shares(other) && scope_of(other) == scope_of(job.wanted) && reach > job.prompt_done &&
           reach < job.wanted.prompt_tokens &&
           std::equal(other.prompt.begin(), other.prompt.begin() + reach, job.wanted.prompt.begin());
  });
}

// The last choice of a job ends: @returns whether its sequence stays, for the sake of its prompt and text.
bool scheduler::keep(const admitted_job& job, const choice& c, std::span<const token_id> text) {
  if (!shares(job.wanted) || !job.prompt_complete() || c.sequence == k_no_sequence) {
    return false;
  }
  std::vector<token_id> tokens(job.wanted.prompt.begin(), job.wanted.prompt.end());
  const auto held = std::min<std::size_t>(text.size(), c.held);
  tokens.insert(tokens.end(), text.begin(), text.begin() + static_cast<std::ptrdiff_t>(held));
  tokens.resize(whole_blocks(tokens.size()));
  if (tokens.empty() || (tokens.size() < limits_.prefix_tokens_min && job.reused == 0)) {
    return false;
  }
  const auto scope = scope_of(job.wanted);
  if (const auto there = prefixes_.longest(scope, tokens); there.tokens == tokens.size()) {
    if (const auto same = source_of(there); kept_.count(same) != 0) {
      hit(same);
      return false;
    }
  }
  const auto sequence = c.sequence;
  share_cells(scope, tokens, sequence, job.shared);
  edits_.push_back({k_no_sequence, sequence, static_cast<std::int32_t>(tokens.size()), -1});
  kept_prefix entry{static_cast<std::uint32_t>(tokens.size()), 0, kept_age_, generated_};
  std::vector<sequence_id> beginnings; // of what is kept now
  for (const auto& [other, prefix] : kept_) {
    if (prefix.tokens <= tokens.size() && prefixes_.longest(scope, std::span(tokens).first(prefix.tokens))
                                              .holders.test(static_cast<std::size_t>(other))) {
      entry.hits = std::max(entry.hits, prefix.hits);
      beginnings.push_back(other);
    }
  }
  std::for_each(beginnings.begin(), beginnings.end(), [this](sequence_id one) { forget(one); });
  kept_.emplace(sequence, entry);
  if (kept_.size() > limits_.prefixes_max) {
    forget(cheapest_kept(k_no_sequence));
  }
  return true;
}

void scheduler::hit(sequence_id kept) {
  if (const auto found = kept_.find(kept); found != kept_.end()) {
    ++found->second.hits;
    found->second.age = kept_age_;
    found->second.generated = generated_;
  }
}

double scheduler::value_of(sequence_id kept) const {
  const auto& entry = kept_.at(kept);
  return entry.age + (1.0 + entry.hits) * cost_to_recompute(prefixes_.held_alone(kept));
}

sequence_id scheduler::cheapest_kept(sequence_id pinned) const {
  sequence_id cheapest = k_no_sequence;
  double least = 0;
  for (const auto& [sequence, prefix] : kept_) {
    const double value = sequence == pinned ? 0 : value_of(sequence);
    if (sequence != pinned && (cheapest == k_no_sequence || value < least)) {
      cheapest = sequence;
      least = value;
    }
  }
  return cheapest;
}

void scheduler::forget(sequence_id kept) {
  kept_age_ = std::max(kept_age_, value_of(kept));
  kept_.erase(kept);
  free_id(kept);
}

void scheduler::forget_unused() {
  std::vector<sequence_id> unused;
  for (const auto& [sequence, prefix] : kept_) {
    if (generated_ - prefix.generated > limits_.prefix_rent_tokens) {
      unused.push_back(sequence);
    }
  }
  std::for_each(unused.begin(), unused.end(), [this](sequence_id one) { forget(one); });
}

std::uint32_t scheduler::kept_cells() const {
  sequence_set kept;
  for (const auto& [sequence, prefix] : kept_) {
    kept.set(static_cast<std::size_t>(sequence));
  }
  return prefixes_.cells_of(kept);
}

std::uint32_t scheduler::reused_tokens(job_id job) const {
  const auto found = jobs_.find(job);
  return found == jobs_.end() ? 0 : found->second.reused;
}

} // namespace inferenceflow::engine
