#include "telemetry/family_list.h"

namespace inferenceflow::telemetry {
namespace {

constexpr auto k_relaxed = std::memory_order_relaxed;
using prometheus::MetricType;

/// One series per value of an enum; those that never happened are left out.
template <class Enum, std::size_t Values>
void by_enum(family_list& out, std::string_view label_name, const std::array<count, Values>& counts) {
  for (std::size_t i = 0; i < Values; ++i) {
    if (const auto value = counts[i].load(k_relaxed); value > 0) {
      out.number({{label_name, to_string(static_cast<Enum>(i))}}, value);
    }
  }
}

void by_word(family_list& out, std::string_view label_name, const label_values<count>& counts) {
  counts.for_each([&](const auto& one) {
    if (const auto value = one.series.load(k_relaxed); value > 0) {
      out.number({{label_name, one.name}}, value);
    }
  });
}

void durations_if_any(family_list& out, std::string name, std::string help, const duration_histogram& histogram) {
  out.begin(std::move(name), std::move(help), MetricType::Histogram);
  if (const auto snapshot = histogram.snapshot(); snapshot.total() > 0) {
    out.durations({}, snapshot);
  }
}

} // namespace

void add_semantic(family_list& out, const metrics_state& state, const runtime_samples& samples) {
  out.begin("inferenceflow_semantic_requests_total", "Requests by what became of their lookup by meaning.",
            MetricType::Counter);
  by_enum<semantic_outcome>(out, "outcome", state.semantic_requests);
  out.begin("inferenceflow_semantic_skipped_total", "Requests that were not looked up by meaning, by reason.",
            MetricType::Counter);
  by_word(out, "reason", state.semantic_skipped);
  out.begin("inferenceflow_semantic_vetoed_total",
            "Near questions that were not taken because they differ in something that changes the answer.",
            MetricType::Counter);
  by_word(out, "kind", state.semantic_vetoed);
  out.begin("inferenceflow_semantic_judged_total", "Kept answers that were compared with a fresh one.",
            MetricType::Counter);
  by_enum<semantic_verdict>(out, "verdict", state.semantic_judged);
  durations_if_any(out, "inferenceflow_semantic_lookup_seconds", "Search and decision, without the embedding.",
                   state.semantic_lookups);
  durations_if_any(out, "inferenceflow_semantic_embedding_seconds", "Making the vector of a question.",
                   state.semantic_embeddings);
  if (!samples.semantic) {
    return;
  }
  out.gauge("inferenceflow_semantic_entries", "Questions held.", static_cast<double>(samples.semantic->entries));
  out.gauge("inferenceflow_semantic_bytes", "Memory held by questions and vectors.",
            static_cast<double>(samples.semantic->bytes));
  out.gauge("inferenceflow_semantic_error_bound",
            "Highest upper bound, over all lanes, of the share of wrong answers among those given.",
            samples.semantic->error_bound);
}

void add_cache_tiers(family_list& out, const metrics_state& state, const runtime_samples& samples) {
  out.begin("inferenceflow_cache_tier_requests_total", "Lookups in a tier behind the memory.", MetricType::Counter);
  state.tier_requests.for_each([&out](const auto& tier) {
    for (std::size_t outcome = 0; outcome < k_tier_outcomes; ++outcome) {
      if (const auto value = tier.series[outcome].load(k_relaxed); value > 0) {
        out.number({{"tier", tier.name}, {"outcome", to_string(static_cast<tier_outcome>(outcome))}}, value);
      }
    }
  });
  if (!samples.tiers.empty()) {
    out.begin("inferenceflow_cache_tier_writes_total", "Answers given to a tier: stored, or dropped before it tried.",
              MetricType::Counter);
    for (const auto& tier : samples.tiers) {
      out.number({{"tier", tier.name}, {"outcome", "stored"}}, tier.stored);
      out.number({{"tier", tier.name}, {"outcome", "dropped"}}, tier.dropped);
    }
    out.begin("inferenceflow_cache_tier_errors_total", "What a tier tried in vain, too slow included.",
              MetricType::Counter);
    for (const auto& tier : samples.tiers) {
      out.number({{"tier", tier.name}}, tier.errors);
    }
  }
  if (!samples.redis) {
    return;
  }
  const auto& redis = *samples.redis;
  out.gauge("inferenceflow_redis_up", "Share of the shared tier's servers that are connected, 0 to 1.", redis.up);
  out.counter("inferenceflow_redis_commands_total", "Commands sent.", redis.commands);
  out.counter("inferenceflow_redis_timeouts_total", "Commands whose answer came too late.", redis.timeouts);
  out.gauge("inferenceflow_redis_breaker_open", "Servers whose circuit breaker is not closed.",
            static_cast<double>(redis.breakers_open));
}

} // namespace inferenceflow::telemetry
