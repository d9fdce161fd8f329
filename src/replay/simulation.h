/// One configuration of the gateway, run over a log in simulated time: what would each request have cost?
///
/// Role:      replay() gives every configuration the same requests.
/// Lifecycle: construct → take()* in order of time → finish() → sums().
/// Threading: one thread; no I/O.
/// Bounds:    those of the configuration's caches, of prefix_model and of cost_groups; k_running_max calls in flight.
/// Source:    docs/replay.md. The parts are the gateway's own: cache/exact_cache, cache/inflight_table,
///            pipeline/cache_plan, routing/route_table, prompt_cache/planner, cost/price_table.
#pragma once

#include "cache/exact_cache.h"
#include "cache/inflight_table.h"
#include "learning/off_policy.h"
#include "pipeline/cache_plan.h"
#include "replay/asked.h"
#include "replay/cost_groups.h"
#include "replay/levers.h"
#include "replay/model_choice.h"
#include "replay/prefix_model.h"
#include "replay/similar_answers.h"
#include "routing/route_table.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace inferenceflow::replay {

inline constexpr std::size_t k_running_max = 100'000;
/// Decisions of the log with feedback that an off-policy estimate is made of; later ones are left out.
inline constexpr std::size_t k_judged_max = 200'000;
/// What a provider takes for a batch, in percent of its usual price; for lines that were bought so directly.
inline constexpr unsigned k_batch_percent = 50;

/// What is replayed.
struct configuration {
  std::string name;                                      ///< for the report
  std::shared_ptr<const config::settings> settings = {}; ///< not null when it is replayed
  std::shared_ptr<const cost::price_table> prices = {};  ///< likewise
  cache::cache_limits cache = {};
  cache::inflight_limits running = {};
};

/// What came of it.
struct totals {
  std::string name;
  counted_cost judged; ///< requests with a known price
  money cost = {};
  std::uint64_t calls = 0; ///< that a provider answered
  lever_sums levers = {};
  unjudged lacking = {};
  std::uint64_t qualities = 0; ///< requests whose quality a router expects on both sides
  double quality = 0;          ///< sum of it, as chosen
  double direct_quality = 0;   ///< sum of it, as logged
  /// Feedback of the log on its router's choices, beside what this configuration's router would have chosen.
  std::vector<learning::logged_choice> judgements = {};
  user_costs users;
  time_costs times;
};

/// Goes where it is told.
class replay_clock final : public clock_source {
public:
  void set(std::int64_t unix_ms) noexcept { now_ms_ = unix_ms; }
  [[nodiscard]] steady_time steady_now() const noexcept override {
    return steady_time{std::chrono::milliseconds{now_ms_}};
  }
  [[nodiscard]] wall_time wall_now() const noexcept override { return wall_time{std::chrono::milliseconds{now_ms_}}; }

private:
  std::int64_t now_ms_ = 0;
};

class simulation {
public:
  /// @param codecs   outlives it.
  /// @param choice   not null.
  /// @param similar  null: the semantic cache is not run.
  simulation(configuration what, const dialogue::codec_set& codecs, std::unique_ptr<model_choice> choice,
             std::unique_ptr<similar_answers> similar);

  /// @param one  began no earlier than the one before; its price is known.
  /// @param scanner  that has just scanned it.
  void take(const asked& one, wire::openai::request_scanner& scanner);
  /// The log is over: ends what is in flight.
  void finish();

  [[nodiscard]] const totals& sums() const noexcept { return sums_; }

private:
  struct in_flight {
    std::int64_t ends_ms = 0;
    std::uint64_t number = 0;
    cache::cache_key key;
    cache::inflight_leader leader;
    std::shared_ptr<const cache::cached_answer> answer;
    std::chrono::seconds ttl{0};
    std::uint64_t question = 0; ///< of the semantic cache; 0 = none
    std::string text = {};      ///< of the answer, where there is a question
  };
  /// Of a heap whose top ends first.
  static bool later(const in_flight& a, const in_flight& b) noexcept {
    return a.ends_ms != b.ends_ms ? a.ends_ms > b.ends_ms : a.number > b.number;
  }
  void end_until(std::int64_t now_ms);
  void count_gaps(const asked& one);
  /// @returns what it costs.
  [[nodiscard]] money serve(const asked& one, const routing::route& route, wire::openai::request_scanner& scanner);
  [[nodiscard]] money buy(const asked& one, const routing::route& route);
  [[nodiscard]] cost::token_usage with_prefix(const asked& one, const routing::route& target, bool switched,
                                              const cost::token_usage& usage);
  void run(const asked& one, const routing::route& route, const pipeline::cache_plan& plan,
           cache::inflight_leader leader, money cost, std::uint64_t question);
  void save(lever by, money amount);
  void judge(const asked& one, const chosen_model& chosen);

  configuration what_;
  const dialogue::codec_set& codecs_;
  replay_clock clock_;
  routing::route_table routes_;
  cache::exact_cache kept_;
  cache::inflight_table table_;
  std::unique_ptr<model_choice> choice_;
  std::unique_ptr<similar_answers> similar_;
  prefix_model prefixes_;
  std::vector<in_flight> running_;
  std::uint64_t number_ = 0;
  totals sums_;
};

} // namespace inferenceflow::replay
