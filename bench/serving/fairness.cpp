#include "bench/serving/crowd.h"
#include "bench/serving/stage.h"
#include "engine/fair_queue.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <fmt/format.h>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>

namespace inferenceflow::bench {
namespace {

struct tenant {
  const char* name;
  std::uint32_t clients;
  std::uint32_t prompt_tokens;
  std::uint32_t answer_tokens;
};

constexpr std::uint32_t k_sequences = 4;
constexpr std::uint32_t k_cells = k_sequences * 48; // what the requests below need at most
constexpr std::array<tenant, 2> k_tenants{{{"floods", 64, 24, 24}, {"modest", 6, 16, 32}}};
constexpr std::uint32_t k_longest_prompt = 24;
constexpr auto k_bound =
    2 * std::max(engine::k_prompt_weight * k_longest_prompt, engine::k_output_weight* std::uint64_t{k_cells});
constexpr auto k_head_start = std::chrono::milliseconds(500);

/// Weighted tokens by tenant as their clients see them, and the widest that their difference has become over any time
/// in which both always waited.
struct ledger {
  std::array<std::int64_t, 2> served{};
  std::int64_t lowest = 0;
  std::int64_t highest = 0;
  std::int64_t at_start = 0;
  bool both = false;

  /// From now on both have requests that wait.
  void begin() {
    both = true;
    at_start = served[0] - served[1];
  }

  void add(std::size_t who, std::uint64_t tokens) {
    served[who] += static_cast<std::int64_t>(tokens);
    if (both) {
      const auto gap = served[0] - served[1] - at_start;
      lowest = std::min(lowest, gap);
      highest = std::max(highest, gap);
    }
  }
  [[nodiscard]] std::int64_t gap() const { return highest - lowest; }
};

/// Two tenants whose clients ask again as soon as they have their answers.
class contest {
public:
  /// @param named  each under its own name; else both under one: first come, first served.
  contest(stage& on, const served_model& model, bool named)
      : on_(on)
      , named_(named)
      , asked_(model.engine()) {}

  void enter(std::size_t who) {
    for (std::uint32_t i = 0; i < k_tenants[who].clients; ++i) {
      ask(who);
    }
    if (who == 1) {
      const std::lock_guard lock(mutex_);
      ledger_.begin();
    }
  }

  /// @returns what went wrong, if anything.
  std::optional<error> finish() {
    stop_ = true;
    asked_.cancel();
    asked_.wait();
    return asked_.failure();
  }

  [[nodiscard]] ledger result_of() const {
    const std::lock_guard lock(mutex_);
    return ledger_;
  }

private:
  void ask(std::size_t who) {
    auto wanted = next_request(who);
    auto before = std::make_shared<engine::token_counts>();
    asked_.ask(
        std::move(wanted),
        [this, who](const answer&) {
          if (!stop_) {
            ask(who);
          }
        },
        [this, who, before](const engine::token_counts& now) {
          const std::lock_guard lock(mutex_);
          if (!stop_) {
            ledger_.add(who, engine::k_prompt_weight * (now.prompt - before->prompt) +
                                 engine::k_output_weight * (now.completion - before->completion));
          }
          *before = now;
        });
  }

  engine::generation next_request(std::size_t who) {
    const std::lock_guard lock(mutex_);
    auto wanted = greedy(on_.prompts.fresh(k_tenants[who].prompt_tokens), k_tenants[who].answer_tokens);
    wanted.tenant = named_ ? k_tenants[who].name : "one";
    return wanted;
  }

  stage& on_;
  bool named_;
  mutable std::mutex mutex_;
  ledger ledger_;
  std::atomic<bool> stop_ = false;
  crowd asked_;
};

result<ledger> run_contest(stage& on, const served_model& model, bool named) {
  contest both(on, model, named);
  both.enter(0);
  std::this_thread::sleep_for(k_head_start);
  both.enter(1);
  std::this_thread::sleep_for(std::chrono::duration<double>(on.by.seconds));
  const auto why = both.finish();
  model.settle();
  on.bar.step(1);
  return why ? result<ledger>(*why) : result<ledger>(both.result_of());
}

} // namespace

std::size_t fairness_steps(const settings&) {
  return 2;
}

result<measured> measure_fairness(stage& on) {
  const auto model = served_model::open(on.by, k_sequences, k_cells);
  if (model.has_error()) {
    return model.error();
  }
  const auto fair = run_contest(on, *model.value(), true);
  if (fair.has_error()) {
    return fair.error();
  }
  const auto unfair = run_contest(on, *model.value(), false);
  if (unfair.has_error()) {
    return unfair.error();
  }
  measured out;
  out.report["fairness_gap_tokens"] = fair->gap();
  out.report["fairness_bound_tokens"] = k_bound;
  out.report["fairness_gap_tokens_one_line"] = unfair->gap();
  out.report["fairness_served_tokens"] = {{k_tenants[0].name, fair->served[0]}, {k_tenants[1].name, fair->served[1]}};
  out.table =
      fmt::format("fairness: {} clients against {}; widest gap in weighted tokens {}, bound {}; in one line: {}\n",
                  k_tenants[0].clients, k_tenants[1].clients, fair->gap(), k_bound, unfair->gap());
  if (fair->gap() > static_cast<std::int64_t>(k_bound)) {
    out.wrong.push_back(fmt::format("fairness: gap {} tokens, bound {}", fair->gap(), k_bound));
  }
  return out;
}

} // namespace inferenceflow::bench
