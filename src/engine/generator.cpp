#include "engine/generator.h"

#include "engine/schema_grammar.h"
#include "engine/token_probabilities.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <fmt/format.h>
#include <utility>

namespace inferenceflow::engine {
namespace {

constexpr std::uint32_t k_start_budget_tokens = 128;

token_budget_settings budget_of(const scheduler_limits& limits, std::chrono::nanoseconds gap_target) {
  token_budget_settings settings;
  settings.tokens_min = std::min(limits.sequences_max + limits.prompt_tokens_min, limits.batch_tokens_max);
  settings.tokens_max = limits.batch_tokens_max;
  settings.tokens_start = k_start_budget_tokens;
  settings.gap_target = gap_target;
  return settings;
}

} // namespace

generator::generator(const loaded_model& model, const scheduler_limits& limits, std::chrono::nanoseconds gap_target,
                     std::function<std::uint32_t()> seeds)
    : model_(model)
    , scheduler_(limits)
    , seeds_(std::move(seeds))
    , governor_(static_cast<std::uint32_t>(llama_n_threads(model.context())))
    , budget_(budget_of(limits, gap_target))
    , batch_(limits.batch_tokens_max) {}

void generator::accept(any_job&& work) {
  auto& accepted = std::get<generation_job>(work);
  auto tokens = model_.tokens_of(accepted.request.prompt);
  if (tokens.has_error()) {
    accepted.deliver(tokens.error());
    return;
  }
  const auto prompt_tokens = static_cast<std::uint32_t>(tokens.value().size());
  if (accepted.request.count_only) {
    accepted.deliver(generation_end{.counts = {.prompt = prompt_tokens, .completion = 0}});
    return;
  }
  const demand wanted{
      accepted.id,           prompt_tokens,           accepted.request.choices,  accepted.request.tokens_max,
      accepted.request.lane, accepted.request.tenant, accepted.request.deadline, tokens.value()};
  const auto now = std::chrono::steady_clock::now();
  active_job entry;
  entry.unseen = now - accepted.submitted;
  if (!accepted.request.json_schema.empty()) {
    auto grammar = grammar_of_schema(accepted.request.json_schema);
    if (grammar.has_error()) {
      accepted.deliver(grammar.error());
      return;
    }
    entry.grammar = std::move(grammar).value();
  }
  if (const auto taken = scheduler_.offer(wanted, now, meter_.pace()); taken.has_error()) {
    accepted.deliver(taken.error());
    return;
  }
  entry.prompt = std::move(tokens).value(); // where the scheduler reads it: moving leaves the tokens in place
  entry.counts.prompt = prompt_tokens;
  entry.work = std::move(accepted);
  jobs_.emplace(wanted.job, std::move(entry));
}

void generator::refuse_expired(steady_time now) {
  for (const auto id : scheduler_.expire(now)) {
    auto why = make_error(error_kind::unavailable, "the deadline passed while the request waited for the model");
    why.retryable = true;
    fail_job(id, why);
  }
}

void generator::start(const scheduler::admission& admitted) {
  auto& job = jobs_.at(admitted.job);
  if (admitted.resumed) {
    for (std::size_t i = 0; i < job.choices.size(); ++i) {
      job.choices[i].sequence = admitted.sequences[i];
    }
    return;
  }
  const auto& request = job.work.request;
  totals_.lanes[index_of(request.lane)].wait.add(std::chrono::duration<double>(job.unseen + admitted.waited).count(),
                                                 k_wait_bounds_s);
  const std::uint32_t seed = request.sampling.seed ? *request.sampling.seed : seeds_();
  job.tokens_max = admitted.tokens_max;
  for (const auto sequence : admitted.sequences) {
    auto sampler = token_sampler::make(model_.vocabulary(), request.sampling,
                                       seed + static_cast<std::uint32_t>(job.choices.size()), job.grammar,
                                       std::max(job.tokens_max, 1U));
    if (sampler.has_error()) {
      fail_job(admitted.job, sampler.error());
      return;
    }
    job.choices.push_back({sequence, std::move(sampler).value(), completion_text(request.stop)});
  }
}

scheduler::step generator::next_step() {
  const auto now = std::chrono::steady_clock::now();
  refuse_expired(now);
  for (const auto& admitted : scheduler_.admit(now)) {
    start(admitted);
  }
  auto step = scheduler_.plan(budget_.tokens());
  while (step.victim) {
    give_up(*step.victim);
    step = scheduler_.plan(budget_.tokens());
  }
  edit_cache();
  return step;
}

std::vector<generator::output_row> generator::fill_batch(const scheduler::step& step) {
  std::vector<output_row> outputs;
  batch_.clear();
  for (const auto& part : step.decodes) {
    const auto& choice = jobs_.at(part.job).choices[part.choice];
    outputs.push_back(
        {part.job, part.choice, batch_.add(choice.tokens.back(), part.position, part.sequence, true), false});
  }
  for (const auto& part : step.prompts) {
    const auto& prompt = jobs_.at(part.job).prompt;
    const auto& text = jobs_.at(part.job).choices[part.choice].tokens;
    std::int32_t row = 0;
    for (std::uint32_t at = part.offset; at < part.offset + part.count; ++at) {
      const bool wanted = part.draw && at + 1 == part.offset + part.count;
      row = batch_.add(at < prompt.size() ? prompt[at] : text[at - prompt.size()], at, part.sequence, wanted);
    }
    if (part.draw) {
      outputs.push_back({part.job, 0, row, true});
    }
  }
  return outputs;
}

void generator::step() {
  const auto step = next_step();
  if (step.empty()) {
    return;
  }
  const auto outputs = fill_batch(step);
  if (const auto status = decode(step); status != 0) {
    recover(step, status);
    return;
  }
  ++totals_.decode_steps;
  totals_.prompt_tokens += step.prompt_tokens();
  totals_.batch_size.add(static_cast<double>(step.decodes.size()), k_batch_bounds);
  scheduler_.commit(step);
  edit_cache();
  for (const auto& output : outputs) {
    draw(output);
  }
}

std::int32_t generator::decode(const scheduler::step& step) {
  const auto threads = static_cast<std::int32_t>(governor_.threads());
  llama_set_n_threads(model_.context(), threads, threads);
  const auto before = std::chrono::steady_clock::now();
  const auto status = llama_decode(model_.context(), batch_.get());
  if (status == 0) {
    learn(step, std::chrono::steady_clock::now() - before);
  }
  return status;
}

void generator::learn(const scheduler::step& step, std::chrono::nanoseconds took) {
  const double seconds = std::chrono::duration<double>(took).count();
  if (step.prompts.empty()) {
    const auto sequences = static_cast<std::uint32_t>(step.decodes.size());
    governor_.observe(seconds / sequences, sequences);
  }
  const auto prompt_tokens = step.prompt_tokens();
  budget_.observe(took, prompt_tokens, step.prompts_waited);
  meter_.observe(took, prompt_tokens, static_cast<std::uint32_t>(step.decodes.size()));
  totals_.step_time.add(seconds, k_step_bounds_s);
}

// Nothing is copied: all sequences lie in one stream, and a cell knows whose it is.
void generator::edit_cache() {
  auto* memory = llama_get_memory(model_.context());
  for (const auto& edit : scheduler_.take_edits()) {
    if (edit.from == k_no_sequence) {
      llama_memory_seq_rm(memory, edit.to, edit.begin, edit.end);
    } else {
      llama_memory_seq_cp(memory, edit.from, edit.to, edit.begin, edit.end);
    }
  }
}

// Status 1: no room in the cache although the books said so; the step left no trace. Anything else may have left one.
void generator::recover(const scheduler::step& step, std::int32_t decode_status) {
  if (decode_status == 1) {
    if (scheduler_.drop_spare()) {
      return;
    }
    if (const auto victim = scheduler_.youngest()) {
      give_up(*victim);
    }
    return;
  }
  const auto why =
      make_error(error_kind::internal, fmt::format("llama.cpp could not decode (status {})", decode_status));
  for (const auto& part : step.decodes) {
    fail_job(part.job, why);
  }
  for (const auto& part : step.prompts) {
    fail_job(part.job, why);
  }
}

void generator::give_up(scheduler::choice_ref victim) {
  auto& job = jobs_.at(victim.job);
  if (job.choices[victim.choice].tokens.empty()) {
    fail_job(victim.job,
             make_error(error_kind::unavailable, "the model's context is full of other requests; try again"));
    return;
  }
  static_cast<void>(end_choice(job, victim.choice, end_reason::length, true));
}

void generator::draw(const output_row& output) {
  const float* raw = llama_get_logits_ith(model_.context(), output.row);
  if (raw == nullptr) {
    fail_job(output.job, make_error(error_kind::internal, "llama.cpp returned no logits"));
    return;
  }
  const std::span<const float> logits(raw, model_.facts().vocabulary);
  if (!output.first) {
    static_cast<void>(draw_choice(output.job, output.choice, logits));
    return;
  }
  auto& job = jobs_.at(output.job);
  job.counts.reused = scheduler_.reused_tokens(output.job);
  const auto& choices = job.choices;
  const auto count = static_cast<std::uint32_t>(choices.size());
  for (std::uint32_t i = 0; i < count && draw_choice(output.job, i, logits); ++i) {
  }
}

bool generator::draw_choice(job_id id, std::uint32_t index, std::span<const float> logits) {
  auto& job = jobs_.at(id);
  auto& choice = job.choices[index];
  const auto drawn = choice.sampler.sample(logits);
  if (drawn.has_error()) {
    fail_job(id, drawn.error());
    return false;
  }
  const token_id token = drawn.value();
  choice.tokens.push_back(token);
  ++job.counts.completion;
  ++totals_.completion_tokens;
  if (model_.ends_text(token)) {
    return end_choice(job, index, end_reason::stop, true);
  }
  const auto& request = job.work.request;
  auto logprob = request.logprobs ? std::optional(describe(token, logits, request.top_logprobs)) : std::nullopt;
  auto piece = choice.text.push(model_.piece_of(token), std::move(logprob));
  const bool stopped = piece.stopped;
  deliver_text(job, index, std::move(piece));
  if (stopped) {
    return end_choice(job, index, end_reason::stop, false);
  }
  return choice.tokens.size() < job.tokens_max || end_choice(job, index, end_reason::length, true);
}

token_logprob generator::describe(token_id token, std::span<const float> logits, std::uint32_t top) const {
  const auto report = report_probabilities(logits, token, top);
  token_logprob entry{model_.piece_of(token), report.logprob, {}};
  for (const auto& [id, logprob] : report.top) {
    entry.top.push_back({model_.piece_of(id), logprob});
  }
  return entry;
}

void generator::deliver_text(active_job& job, std::uint32_t choice, completion_text::piece&& piece) const {
  if (!piece.text.empty() || !piece.logprobs.empty()) {
    job.work.deliver(text_delta{choice, std::move(piece.text), std::move(piece.logprobs), job.counts});
  }
}

// False when this was the job's last choice: the job is then gone.
bool generator::end_choice(active_job& job, std::uint32_t index, end_reason reason, bool flush) {
  auto& choice = job.choices[index];
  if (flush) {
    deliver_text(job, index, choice.text.finish());
  }
  choice.ended = true;
  scheduler_.end_choice(job.work.id, index, choice.tokens);
  job.work.deliver(choice_end{index, reason});
  if (!std::all_of(job.choices.begin(), job.choices.end(), [](const auto& c) { return c.ended; })) {
    return true;
  }
  job.work.deliver(generation_end{job.counts});
  jobs_.erase(job.work.id);
  return false;
}

void generator::fail_job(job_id id, const error& why) {
  const auto job = jobs_.find(id);
  if (job == jobs_.end()) {
    return;
  }
  scheduler_.remove(id);
  auto deliver = std::move(job->second.work.deliver);
  jobs_.erase(job);
  deliver(why);
}

void generator::cancel(job_id id) {
  fail_job(id, make_error(error_kind::cancelled, "the request was cancelled"));
}

std::vector<any_job> generator::withdraw() {
  std::vector<any_job> waiting;
  for (auto job = jobs_.begin(); job != jobs_.end();) {
    if (job->second.choices.empty()) {
      scheduler_.remove(job->first);
      waiting.emplace_back(std::move(job->second.work));
      job = jobs_.erase(job);
    } else {
      ++job;
    }
  }
  return waiting;
}

void generator::abandon(const error& why) {
  while (!jobs_.empty()) {
    fail_job(jobs_.begin()->first, why);
  }
}

worker_load generator::load() const {
  auto load = totals_;
  load.waiting = scheduler_.waiting();
  load.running = scheduler_.running_jobs();
  load.set_aside = scheduler_.set_aside_jobs();
  load.preemptions = scheduler_.preemptions();
  load.recomputed_tokens = scheduler_.recomputed_tokens();
  load.reused_tokens = scheduler_.reused_tokens();
  load.kept_sequences = scheduler_.kept_sequences();
  load.kept_cells = scheduler_.kept_cells();
  load.token_budget = budget_.tokens();
  for (const auto lane : k_all_lanes) {
    auto& in_lane = load.lanes[index_of(lane)];
    in_lane.waiting = scheduler_.waiting(lane);
    const double wait_s = scheduler_.wait_estimate(lane, 1, meter_.pace());
    in_lane.retry_after_s = static_cast<std::uint32_t>(std::clamp(std::ceil(wait_s), 1.0, 60.0));
  }
  load.busy_sequences = scheduler_.busy_sequences();
  load.reserved_cells = scheduler_.reserved_cells();
  return load;
}

} // namespace inferenceflow::engine
