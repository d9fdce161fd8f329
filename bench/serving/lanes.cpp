#include "bench/serving/crowd.h"
#include "bench/serving/samples.h"
#include "bench/serving/stage.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <fmt/format.h>
#include <functional>
#include <mutex>
#include <random>
#include <thread>
#include <utility>

namespace inferenceflow::bench {
namespace {

constexpr std::uint32_t k_sequences = 8;
constexpr std::uint32_t k_cells = 4096;
constexpr std::uint32_t k_flood_clients = 16; // each asks again as soon as it has its answer
constexpr std::uint32_t k_flood_prompt_tokens = 64;
constexpr std::uint32_t k_flood_answer_tokens = 48;
constexpr std::uint32_t k_urgent_prompt_tokens = 24;
constexpr std::uint32_t k_urgent_answer_tokens = 16;
constexpr double k_arrivals_per_s = 2; // of each lane that is measured
constexpr double k_ramp_s = 0.5;       // the flood is there before anybody is measured
constexpr std::uint32_t k_rounds_max = 3;
constexpr double k_target = 1.5;

enum class phase : std::uint8_t {
  alone,    ///< express requests, nothing else
  flood,    ///< the same beside a flood in lane batch
  no_lanes, ///< the same, all in one lane and of one tenant: first come, first served
  all_lanes ///< and standard requests, too
};
constexpr std::array k_phases{phase::alone, phase::flood, phase::no_lanes, phase::all_lanes};

struct latencies {
  std::vector<double> first = {};
  std::vector<double> whole = {};

  void add(const answer& got) {
    if (!got.failure) {
      first.push_back(got.first_seconds());
      whole.push_back(got.seconds());
    }
  }
};

struct phase_samples {
  latencies express;
  latencies standard;
  latencies batch;
};
using samples = std::array<phase_samples, k_phases.size()>;

struct arrival {
  double at_s = 0;
  bool express = true;
};

/// Exponential gaps; the same for every phase of a round.
std::vector<arrival> arrivals_of(double seconds, bool standard_too, std::uint32_t seed) {
  std::vector<arrival> all;
  for (const bool express : {true, false}) {
    std::mt19937 random(2 * seed + (express ? 0 : 1));
    std::exponential_distribution<double> gap(k_arrivals_per_s);
    for (double at = gap(random); (express || standard_too) && at < seconds; at += gap(random)) {
      all.push_back({at, express});
    }
  }
  std::sort(all.begin(), all.end(), [](const arrival& a, const arrival& b) { return a.at_s < b.at_s; });
  return all;
}

/// Asks, collects, keeps the flood going. Callbacks come on the engine's thread, so all is behind one mutex.
class phase_run {
public:
  phase_run(stage& on, const served_model& model, phase which, phase_samples& out)
      : on_(on)
      , which_(which)
      , out_(out)
      , flood_(model.engine())
      , urgent_(model.engine()) {}

  void flood_in() {
    for (std::uint32_t i = 0; i < k_flood_clients; ++i) {
      ask_flood();
    }
    std::this_thread::sleep_for(std::chrono::duration<double>(k_ramp_s));
  }

  void play(const std::vector<arrival>& arrivals) {
    const auto begin = std::chrono::steady_clock::now();
    for (const auto& next : arrivals) {
      const auto due =
          begin + std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::duration<double>(next.at_s));
      std::this_thread::sleep_until(due);
      auto& kept = next.express ? out_.express : out_.standard;
      urgent_.ask(
          request(k_urgent_prompt_tokens, k_urgent_answer_tokens,
                  next.express ? service_lane::express : service_lane::standard),
          [this, &kept](const answer& got) { keep(kept, got); }, {}, due);
    }
    urgent_.wait();
  }

  /// Ends the flood. @returns what went wrong, if anything.
  std::optional<error> finish() {
    stop_ = true;
    flood_.cancel();
    flood_.wait();
    const auto why = urgent_.failure();
    return why ? why : flood_.failure();
  }

private:
  engine::generation request(std::uint32_t prompt_tokens, std::uint32_t answer_tokens, service_lane lane) {
    const std::lock_guard lock(mutex_);
    auto wanted = greedy(on_.prompts.fresh(prompt_tokens), answer_tokens);
    wanted.lane = which_ == phase::no_lanes ? service_lane::standard : lane;
    return wanted;
  }

  void keep(latencies& kept, const answer& got) {
    const std::lock_guard lock(mutex_);
    kept.add(got);
  }

  void ask_flood() {
    flood_.ask(request(k_flood_prompt_tokens, k_flood_answer_tokens, service_lane::batch), [this](const answer& got) {
      keep(out_.batch, got);
      if (!stop_) {
        ask_flood();
      }
    });
  }

  stage& on_;
  phase which_;
  phase_samples& out_;
  std::mutex mutex_;
  std::atomic<bool> stop_ = false;
  crowd flood_;
  crowd urgent_;
};

result<void> run_phase(stage& on, const served_model& model, phase which, std::uint32_t round, samples& out) {
  std::optional<error> why;
  {
    phase_run run(on, model, which, out[static_cast<std::size_t>(which)]);
    if (which != phase::alone) {
      run.flood_in();
    }
    run.play(arrivals_of(on.by.seconds, which == phase::all_lanes, on.by.seed + round));
    why = run.finish();
  }
  model.settle();
  on.bar.step(1);
  return why ? result<void>(*why) : result<void>();
}

/// A block for gnuplot: share of requests, seconds to the first token, seconds to the last.
std::string block_of(const std::string& name, latencies of) {
  std::sort(of.first.begin(), of.first.end());
  std::sort(of.whole.begin(), of.whole.end());
  auto block = fmt::format("# {}\n", name);
  for (std::size_t i = 0; i < of.first.size(); ++i) {
    block += fmt::format("{:.4f} {:.5f} {:.5f}\n", static_cast<double>(i + 1) / static_cast<double>(of.first.size()),
                         of.first[i], of.whole[i]);
  }
  return block + "\n\n";
}

boost::json::object keys_of(const latencies& of) {
  return {{"requests", of.whole.size()},
          {"first_token_p50_ms", 1e3 * percentile(of.first, 0.5)},
          {"first_token_p95_ms", 1e3 * percentile(of.first, 0.95)},
          {"p50_ms", 1e3 * percentile(of.whole, 0.5)},
          {"p95_ms", 1e3 * percentile(of.whole, 0.95)}};
}

void report_row(measured& out, const std::string& key, const std::string& name, const latencies& of) {
  out.report["lanes"].as_object()[key] = keys_of(of);
  out.table += fmt::format("{:<38} {:>8} {:>9.0f} {:>9.0f} {:>9.0f} {:>9.0f}\n", name, of.whole.size(),
                           1e3 * percentile(of.first, 0.5), 1e3 * percentile(of.first, 0.95),
                           1e3 * percentile(of.whole, 0.5), 1e3 * percentile(of.whole, 0.95));
  out.plot += block_of(name, of);
}

double p95_ratio(const latencies& of, const latencies& to) {
  const auto base = percentile(to.whole, 0.95);
  return base > 0 ? percentile(of.whole, 0.95) / base : 0;
}

measured report_of(const samples& got) {
  const auto of = [&got](phase which) -> const phase_samples& { return got[static_cast<std::size_t>(which)]; };
  measured out;
  out.report["lanes"] = boost::json::object();
  out.table = fmt::format("latency per lane, ms; flood: {} clients, {} + {} tokens; measured: {} a second, {} + {}\n"
                          "{:<38} {:>8} {:>9} {:>9} {:>9} {:>9}\n",
                          k_flood_clients, k_flood_prompt_tokens, k_flood_answer_tokens, k_arrivals_per_s,
                          k_urgent_prompt_tokens, k_urgent_answer_tokens, "", "requests", "first p50", "first p95",
                          "whole p50", "whole p95");
  report_row(out, "express_alone", "express, nothing else", of(phase::alone).express);
  report_row(out, "express_flood", "express, batch flood", of(phase::flood).express);
  report_row(out, "no_lanes_flood", "no lanes: first come, first served", of(phase::no_lanes).express);
  report_row(out, "express", "express, all lanes busy", of(phase::all_lanes).express);
  report_row(out, "standard", "standard, all lanes busy", of(phase::all_lanes).standard);
  report_row(out, "batch_flood", "batch, express beside it", of(phase::flood).batch);
  report_row(out, "batch", "batch, all lanes busy", of(phase::all_lanes).batch);
  const auto flood = p95_ratio(of(phase::flood).express, of(phase::alone).express);
  const auto no_lanes = p95_ratio(of(phase::no_lanes).express, of(phase::alone).express);
  out.report["express_p95_flood_over_unloaded"] = flood;
  out.report["no_lanes_p95_flood_over_unloaded"] = no_lanes;
  out.table +=
      fmt::format("express p95 under the flood: {:.2f} times its value without; first come, first served: {:.1f}\n",
                  flood, no_lanes);
  if (flood > k_target) {
    out.missed.push_back(fmt::format(
        "express p95 under the flood: {:.2f} times its value without, target at most {:.1f}", flood, k_target));
  }
  return out;
}

std::uint32_t rounds_of(const settings& by) {
  return std::min(by.rounds, k_rounds_max);
}

} // namespace

std::size_t lanes_steps(const settings& by) {
  return rounds_of(by) * k_phases.size();
}

result<measured> measure_lanes(stage& on) {
  const auto model = served_model::open(on.by, k_sequences, k_cells);
  if (model.has_error()) {
    return model.error();
  }
  samples got;
  for (std::uint32_t round = 0; round < rounds_of(on.by); ++round) {
    for (const auto which : k_phases) {
      if (const auto done = run_phase(on, *model.value(), which, round, got); done.has_error()) {
        return done.error();
      }
    }
  }
  return report_of(got);
}

} // namespace inferenceflow::bench
