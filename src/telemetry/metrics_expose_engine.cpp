#include "telemetry/family_list.h"

#include <algorithm>
#include <span>

namespace inferenceflow::telemetry {

using prometheus::MetricType;

namespace {

std::span<const engine_sample> of_models(const runtime_samples& samples) {
  return {samples.engines.data(), std::min(samples.engines.size(), k_label_values_max)};
}

void add_lanes(family_list& out, const runtime_samples& samples) {
  out.begin("inferenceflow_engine_lane_queue_depth", "Requests of a lane that wait for a sequence.", MetricType::Gauge);
  for (const auto& engine : of_models(samples)) {
    for (const auto& one : engine.lanes) {
      out.number({{"model", engine.model}, {"lane", one.lane}}, one.queue_depth);
    }
  }
  out.begin("inferenceflow_engine_lane_wait_seconds", "How long requests of a lane waited for a sequence.",
            MetricType::Histogram);
  for (const auto& engine : of_models(samples)) {
    for (const auto& one : engine.lanes) {
      out.counted({{"model", engine.model}, {"lane", one.lane}}, one.wait_s);
    }
  }
}

} // namespace

void add_engines(family_list& out, const runtime_samples& samples) {
  const auto numbers = [&](const char* name, const char* help, MetricType type, auto member) {
    out.begin(name, help, type);
    for (const auto& engine : of_models(samples)) {
      out.number({{"model", engine.model}}, engine.*member);
    }
  };
  const auto histograms = [&](const char* name, const char* help, auto member) {
    out.begin(name, help, MetricType::Histogram);
    for (const auto& engine : of_models(samples)) {
      if (!(engine.*member).counts.empty()) {
        out.counted({{"model", engine.model}}, engine.*member);
      }
    }
  };
  numbers("inferenceflow_engine_queue_depth", "Requests that wait for a sequence.", MetricType::Gauge,
          &engine_sample::queue_depth);
  numbers("inferenceflow_engine_active_sequences", "Sequences being decoded.", MetricType::Gauge,
          &engine_sample::active_sequences);
  numbers("inferenceflow_engine_tokens_total", "Tokens evaluated by the local engine.", MetricType::Counter,
          &engine_sample::tokens);
  numbers("inferenceflow_engine_preemptions_total", "Times that a batch request was set aside for another.",
          MetricType::Counter, &engine_sample::preemptions);
  numbers("inferenceflow_engine_recomputed_tokens_total", "Tokens dropped from the cache, to be computed again.",
          MetricType::Counter, &engine_sample::recomputed_tokens);
  numbers("inferenceflow_engine_prefix_hit_tokens_total", "Prompt tokens computed for an earlier request, and reused.",
          MetricType::Counter, &engine_sample::reused_tokens);
  numbers("inferenceflow_engine_prefix_kept_cells", "Cells of the cache that are only kept for reuse.",
          MetricType::Gauge, &engine_sample::kept_cells);
  numbers("inferenceflow_engine_token_budget", "Tokens that the next step may compute.", MetricType::Gauge,
          &engine_sample::token_budget);
  numbers("inferenceflow_engine_bytes", "Memory of the model, as estimated; 0 while it is unloaded.", MetricType::Gauge,
          &engine_sample::bytes);
  histograms("inferenceflow_engine_step_seconds", "Time of a step.", &engine_sample::step_s);
  histograms("inferenceflow_engine_batch_sequences", "Sequences decoded in a step.", &engine_sample::batch_sequences);
  add_lanes(out, samples);
  if (samples.model_pool) {
    out.gauge("inferenceflow_model_pool_bytes", "Memory that is set apart for local models, as estimated.",
              static_cast<double>(samples.model_pool->bytes));
    out.gauge("inferenceflow_model_pool_bytes_max", "Memory for local models together; 0 is no bound.",
              static_cast<double>(samples.model_pool->bytes_max));
    out.counter("inferenceflow_model_loads_total", "Local models loaded.", samples.model_pool->loads);
    out.counter("inferenceflow_model_unloads_total", "Local models unloaded to make room.",
                samples.model_pool->unloads);
  }
}

} // namespace inferenceflow::telemetry
