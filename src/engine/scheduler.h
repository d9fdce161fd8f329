/// Decides which jobs run in one llama.cpp context, and what each decode step computes.
///
/// Role:      generator asks it before every step; sans-IO, no llama.cpp inside.
/// Lifecycle: offer() → admit() → (plan() → commit())* → end_choice() for every choice; remove() at any time.
/// Threading: one thread.
/// Bounds:    sequences_max sequences per step, and express_extra of express jobs beside them; cells_max cells of the
/// KV
///            cache; batch_tokens_max tokens per step; queue_max waiting jobs per lane. At most sequences_max jobs are
///            set aside.
/// Source:    chunked prompts beside decodes: arXiv 2403.02310; fairness: fair_queue.h; docs/adr/0025-lanes.md.
///
/// Lanes come in strict order: express, standard, batch. A lane that has work and got nothing done for `aging` gets the
/// next place: none starves. Inside a lane fair_queue decides. Nobody overtakes the job whose turn it is, however
/// small.
///
/// Batch jobs yield. While an express job runs, at most batch_beside_express of their sequences are decoded beside it.
/// When an express or standard job needs a place, the batch job that was admitted last is set aside: it keeps its cells
/// (parked) until somebody needs those too; then they are dropped, and its prompt and text are computed again later.
/// Nothing is drawn twice. A batch job whose lane was starving, or that has yielded set_aside_max times, keeps its
/// place until it ends; one at a time does.
///
/// Every sequence's tokens lie in one shared pool of KV cells. A job with tokens_max reserves all it can need when it
/// is admitted. A job without, or one whose reservation exceeds the whole pool, is elastic: it reserves its prompt and
/// grows block by block. When the pool is full it pauses until others end; when nothing can move, the choice admitted
/// last gives way: a batch job is set aside, another's choice ends with "length".
///
/// Prefixes: what a prompt has in common with another job's that runs, or with one that has ended and is kept, is not
/// computed again; its cells are shared, within a tenant unless share_prefixes. Who needs what another computes in the
/// very step waits for it. Kept sequences go first when ids or cells are needed, the cheapest to recompute before the
/// others, ages counted (GreedyDual). Every token that anybody generates looks at every cell's mask, so a kept cell
/// pays rent: after prefix_rent_tokens without use it has cost what computing it again would (ski rental), and goes.
#pragma once

#include "base/error.h"
#include "engine/demand.h"
#include "engine/fair_queue.h"
#include "engine/prefix_tree.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

namespace inferenceflow::engine {

struct scheduler_limits {
  std::uint32_t sequences_max = 4;     ///< decoded in one step
  std::uint32_t express_extra = 0;     ///< of express jobs so many more: they need not wait for an answer to end
  std::uint32_t sequence_ids = 4;      ///< ≥ sequences_max; with more, sequences can be parked or kept
  std::uint32_t prefixes_max = 0;      ///< sequences kept for their prefix; 0 = prompts share nothing
  std::uint32_t prefix_tokens_min = 0; ///< an answer with fewer, prompt included, is kept only if it reused some
  std::uint64_t prefix_rent_tokens = UINT64_MAX; ///< a kept one goes when so many were generated since its last use
  bool share_prefixes = false;                   ///< between tenants, too
  std::uint32_t cells_max = 8192;                ///< KV cells of the context, one token each
  std::uint32_t context_tokens = 8192;           ///< prompt and completion of one choice
  std::uint32_t batch_tokens_max = 512;          ///< per decode step; ≥ sequences_max
  std::uint32_t prompt_tokens_min = 16;          ///< prompts advance by this much, whatever the step's budget
  std::uint32_t growth_tokens = 128;             ///< an elastic choice grows by this many cells
  std::uint32_t batch_beside_express = 0;        ///< batch sequences decoded while an express job runs
  std::uint32_t set_aside_max = 8;               ///< times that one batch job is set aside; then it keeps its place
  per_lane<std::uint32_t> queue_max{64, 64, 64};
  std::chrono::milliseconds aging{2000};
  /// A job without a deadline, or with a later one, is due this long after its arrival.
  per_lane<std::chrono::milliseconds> patience{std::chrono::seconds{10}, std::chrono::seconds{60},
                                               std::chrono::hours{1}};
};

class scheduler {
public:
  explicit scheduler(const scheduler_limits& limits);

  struct admission {
    job_id job = 0;
    std::vector<sequence_id> sequences; ///< one per choice, k_no_sequence for one that ended
    std::uint32_t tokens_max = 0;       ///< per choice: what was asked, cut to the context
    bool resumed = false;               ///< it was admitted before, and its cells have been dropped since
    std::chrono::nanoseconds waited{0}; ///< in line; 0 when resumed
  };

  /// A run of known tokens to decode into `sequence`: of the prompt, or of text that is computed again.
  struct prompt_part {
    job_id job = 0;
    std::uint32_t choice = 0;
    sequence_id sequence = 0;
    std::uint32_t offset = 0; ///< into prompt and text of the choice; also the position
    std::uint32_t count = 0;
    bool last = false; ///< completes the prompt
    bool draw = false; ///< with `last`: its last token's logits are wanted, all choices draw from them
  };

  /// The last sampled token of a running choice is decoded next.
  struct decode_part {
    job_id job = 0;
    std::uint32_t choice = 0;
    sequence_id sequence = 0;
    std::uint32_t position = 0;
  };

  struct choice_ref {
    job_id job = 0;
    std::uint32_t choice = 0;
  };

  /// What is to be done with the cells before the next decode, in this order.
  struct cache_edit {
    sequence_id from = k_no_sequence; ///< none = `to` forgets the cells; else they become its own as well
    sequence_id to = 0;
    std::int32_t begin = -1; ///< position; -1 = from the beginning
    std::int32_t end = -1;   ///< behind the last; -1 = all
    friend bool operator==(const cache_edit&, const cache_edit&) = default;
  };

  struct step {
    std::vector<decode_part> decodes;
    std::vector<prompt_part> prompts;
    bool prompts_waited = false;      ///< the budget let through less than there was
    std::optional<choice_ref> victim; ///< nothing else can move: end this choice with "length" and plan again
    [[nodiscard]] bool empty() const { return decodes.empty() && prompts.empty(); }
    [[nodiscard]] std::uint32_t prompt_tokens() const;
  };

  /// @returns context_too_long when the prompt leaves no room for one token, naming both counts;
  ///          invalid_request (param "prompt", "n") for an empty prompt or more choices than sequences.
  [[nodiscard]] result<void> check(const demand& wanted) const;

  /// Puts the job into its lane's line.
  /// @param pace  what steps cost; not measured yet = no deadline is refused.
  /// @returns as check(); unavailable with retry_after when the lane's line is full, or when the answer cannot be there
  ///          by the deadline, as far as can be told.
  [[nodiscard]] result<void> offer(const demand& wanted, steady_time now, const step_pace& pace = {});

  /// Takes the jobs out of line whose deadline has passed. @returns them.
  [[nodiscard]] std::vector<job_id> expire(steady_time now);

  /// Moves jobs from the lines into sequences, as many as fit.
  [[nodiscard]] std::vector<admission> admit(steady_time now);

  /// What to decode now. Beside growing elastic choices it may set batch jobs aside.
  /// @param token_budget  decodes and prompt tokens of the step; decodes are never cut, see prompt_tokens_min.
  [[nodiscard]] step plan(std::uint32_t token_budget);

  /// `done` was decoded.
  void commit(const step& done);

  /// The choice is over: its sequence and cells are free at once, or kept for their prefix.
  /// @param text  its tokens, if the job's prompt was given; they are read before the call returns.
  void end_choice(job_id job, std::uint32_t choice, std::span<const token_id> text = {});

  /// The job is over, waiting or running. Unknown jobs are ignored.
  void remove(job_id job);

  [[nodiscard]] std::vector<cache_edit> take_edits() { return std::exchange(edits_, {}); }

  /// The cache has no room although the books say so: drops what is kept or set aside. @returns false when nothing was.
  bool drop_spare();

  /// The choice to give up when that did not help.
  [[nodiscard]] std::optional<choice_ref> youngest() const;

  /// How long a job of one choice would wait in this lane, in seconds, as far as can be told.
  [[nodiscard]] double wait_estimate(service_lane lane, std::uint32_t choices, const step_pace& pace) const;

  [[nodiscard]] std::uint32_t waiting(service_lane lane) const;
  [[nodiscard]] std::uint32_t waiting() const;
  [[nodiscard]] std::uint32_t running_jobs() const;
  [[nodiscard]] std::uint32_t set_aside_jobs() const {
    return static_cast<std::uint32_t>(jobs_.size()) - running_jobs();
  }
  [[nodiscard]] std::uint32_t busy_sequences() const { return active_; }
  [[nodiscard]] std::uint32_t reserved_cells() const { return reserved_cells_ + prefixes_.cells(); }
  [[nodiscard]] std::uint32_t kept_sequences() const { return static_cast<std::uint32_t>(kept_.size()); }
  [[nodiscard]] std::uint32_t kept_cells() const; ///< of reserved_cells(): only there to be reused
  [[nodiscard]] std::uint64_t reused_tokens() const { return reused_tokens_; } ///< of prompts, not computed
  /// Of this job's prompt, when it was computed for the first time. 0 for unknown jobs.
  [[nodiscard]] std::uint32_t reused_tokens(job_id job) const;
  [[nodiscard]] std::uint64_t preemptions() const { return preemptions_; } ///< jobs set aside
  [[nodiscard]] std::uint64_t recomputed_tokens() const {
    return dropped_tokens_;
  } ///< cells dropped, to be computed again
  /// Weighted tokens of a tenant in a lane; see fair_queue.
  [[nodiscard]] std::uint64_t served(service_lane lane, std::string_view tenant) const;

private:
  enum class place : std::uint8_t { running, parked, dropped };
  struct choice {
    sequence_id sequence = k_no_sequence;
    std::uint32_t granted = 0; ///< cells for generated tokens
    std::uint32_t decoded = 0; ///< generated tokens that were decoded
    std::uint32_t held = 0;    ///< of these, in cells now; fewer while they are computed again
    bool ended = false;
  };
  struct admitted_job {
    demand wanted;
    std::uint64_t turn = 0; ///< number in the order of admission
    std::uint32_t tokens_max = 0;
    std::uint32_t prompt_cells = 0;
    std::uint32_t prompt_done = 0;
    std::uint32_t shared = 0; ///< of these, in the tree of prefixes: their cells are counted there
    std::uint32_t reused = 0; ///< of these, computed by others
    place where = place::running;
    std::uint32_t times_set_aside = 0;
    bool protected_place = false; ///< a batch job that is not set aside any more
    bool drawn = false;           ///< the first tokens have been drawn
    std::vector<choice> choices;

    [[nodiscard]] bool prompt_complete() const { return prompt_done == wanted.prompt_tokens; }
    [[nodiscard]] bool yields() const { return wanted.lane == service_lane::batch && !protected_place; }
    [[nodiscard]] std::uint32_t alive() const;
    [[nodiscard]] std::uint32_t cells() const; ///< reserved, without what is counted in the tree
    [[nodiscard]] std::uint32_t first_alive() const;
    [[nodiscard]] bool holds(sequence_id sequence) const;
  };
  struct need {
    std::uint32_t places = 0;
    std::uint32_t ids = 0;
    std::uint32_t cells = 0;
    sequence_id pinned = k_no_sequence; ///< its cells are going to be shared: they stay
    bool express = false;               ///< may take the extra places
    [[nodiscard]] bool covers(const need& other) const {
      return places >= other.places && ids >= other.ids && cells >= other.cells;
    }
  };
  struct kept_prefix {
    std::uint32_t tokens = 0;
    std::uint32_t hits = 0;
    double age = 0;              ///< the least value when it was kept or hit last
    std::uint64_t generated = 0; ///< by all, when it was kept or hit last
  };
  struct candidate {
    service_lane lane = service_lane::standard;
    admitted_job* paused = nullptr; ///< null = the front of the lane's line
    bool aged = false;
  };

  [[nodiscard]] std::uint32_t free_cells() const {
    return limits_.cells_max - std::min(limits_.cells_max, reserved_cells());
  }
  [[nodiscard]] std::uint32_t free_ids() const;
  [[nodiscard]] std::uint32_t places_max(bool express) const {
    return limits_.sequences_max + (express ? limits_.express_extra : 0);
  }
  [[nodiscard]] std::uint32_t free_places(bool express) const {
    return places_max(express) - std::min(places_max(express), active_);
  }
  [[nodiscard]] need spare(bool express) const { return {free_places(express), free_ids(), free_cells()}; }
  [[nodiscard]] std::uint32_t tokens_max_of(const demand& wanted) const;
  [[nodiscard]] std::uint32_t first_grant(const demand& wanted) const;
  [[nodiscard]] std::uint32_t regrant(const admitted_job& job, const choice& c) const;
  [[nodiscard]] std::vector<admitted_job*> in_order();
  [[nodiscard]] std::vector<admitted_job*> youngest_first(place where);

  // Admission: scheduler_admission.cpp and scheduler_places.cpp.
  void mark_arrival(service_lane lane, steady_time now);
  [[nodiscard]] bool starves(service_lane lane) const;
  [[nodiscard]] bool any_protected() const;
  void protect_starving();
  [[nodiscard]] std::optional<candidate> next_candidate();
  [[nodiscard]] bool start_fresh(service_lane lane, bool aged, std::vector<admission>& out);
  [[nodiscard]] bool resume(admitted_job& job, bool aged, std::vector<admission>& out);
  void take_places(admitted_job& job);
  [[nodiscard]] bool make_room_sharing(const need& whole, const demand& job, bool urgent, const admitted_job* for_job);
  [[nodiscard]] bool make_room(const need& wanted, bool urgent, const admitted_job* for_job);
  [[nodiscard]] std::vector<admitted_job*> yielding(bool urgent, const admitted_job* for_job);
  [[nodiscard]] std::vector<admitted_job*> droppable(bool urgent, const admitted_job* for_job);
  [[nodiscard]] need reachable(const need& wanted, const std::vector<admitted_job*>& parked,
                               const std::vector<admitted_job*>& yielding) const;
  void set_aside(admitted_job& job);
  void drop_cells(admitted_job& job);

  // Prefixes: scheduler_prefixes.cpp.
  [[nodiscard]] std::string_view scope_of(const demand& wanted) const;
  [[nodiscard]] bool shares(const demand& wanted) const { return limits_.prefixes_max > 0 && !wanted.prompt.empty(); }
  [[nodiscard]] prefix_tree::match match_of(const demand& wanted) const;
  [[nodiscard]] sequence_id source_of(const prefix_tree::match& found) const;
  void adopt(admitted_job& job);
  void prompt_computed(admitted_job& job);
  void share_prompt(const admitted_job& job, std::uint32_t computed_choice);
  void share_cells(std::string_view scope, std::span<const token_id> tokens, sequence_id holder, std::uint32_t held);
  [[nodiscard]] bool computed_by_another(const step& planned, const admitted_job& job) const;
  [[nodiscard]] bool keep(const admitted_job& job, const choice& c, std::span<const token_id> text);
  void hit(sequence_id kept);
  [[nodiscard]] double value_of(sequence_id kept) const;
  [[nodiscard]] sequence_id cheapest_kept(sequence_id pinned) const;
  void forget(sequence_id kept);
  void forget_unused();

  // Steps.
  [[nodiscard]] bool grow(admitted_job& job, choice& c);
  void plan_decodes(step& out, const std::vector<admitted_job*>& jobs);
  void plan_prompts(step& out, const std::vector<admitted_job*>& jobs, std::uint32_t token_budget) const;
  void plan_job_prompt(step& out, const admitted_job& job, std::uint32_t& room) const;
  [[nodiscard]] bool give_way();
  void commit_prompt(const prompt_part& part);
  void served_now(const admitted_job& job, std::uint32_t output_tokens);
  void free_sequence(choice& c);
  void free_id(sequence_id sequence);
  void release(admitted_job& job, choice& c);
  void drop(std::map<job_id, admitted_job>::iterator job);

  scheduler_limits limits_;
  per_lane<fair_queue> lines_;
  std::set<std::pair<steady_time, job_id>> deadlines_; ///< of waiting jobs
  std::map<job_id, admitted_job> jobs_;
  std::vector<bool> id_busy_;
  std::vector<cache_edit> edits_;
  prefix_tree prefixes_;
  std::map<sequence_id, kept_prefix> kept_;
  double kept_age_ = 0;
  std::uint64_t reused_tokens_ = 0;
  std::uint64_t generated_ = 0;      ///< tokens of all answers
  per_lane<steady_time> progress_{}; ///< when the lane last got something done, or began to want it
  steady_time now_{};
  std::uint64_t next_turn_ = 0;
  std::uint32_t active_ = 0;         ///< sequences of running jobs
  std::uint32_t reserved_cells_ = 0; ///< without those of prefixes_
  double typical_tokens_ = 64;       ///< of an answer, smoothed
  bool urgent_starves_ = false;      ///< a running job that does not yield waits for cells
  bool batch_starves_ = false;
  std::uint64_t preemptions_ = 0;
  std::uint64_t dropped_tokens_ = 0;
};

} // namespace inferenceflow::engine
