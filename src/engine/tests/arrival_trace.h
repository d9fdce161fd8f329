/// Arrivals and lengths like those that a public cloud recorded, drawn from a seed.
///
/// Role:      simulations of the engine.
/// Lifecycle: pure functions.
/// Threading: any.
/// Bounds:    the caller's counts.
/// Source:    the shapes are measured on the Azure LLM inference traces of 2023-11-16 (AzurePublicDataset, CC BY 4.0):
/// the
///            coefficient of variation of the time between arrivals, median and log deviation of the token counts.
#pragma once

#include "engine/tests/step_simulator.h"

#include <cmath>
#include <random>
#include <string>
#include <vector>

namespace inferenceflow::engine::testing {

struct trace_shape {
  double arrival_cv;
  double prompt_median;
  double prompt_log_sd;
  double output_median;
  double output_log_sd;
};
inline constexpr trace_shape k_conversations{1.07, 1035, 0.97, 141, 0.91};
inline constexpr trace_shape k_code{14.1, 1454, 1.35, 13, 0.84};

struct trace_options {
  double rate_per_s = 1;
  double token_scale = 0.1; ///< lengths are multiplied by it: small contexts
  std::uint32_t prompt_max = 400;
  std::uint32_t output_max = 200;
  service_lane lane = service_lane::standard;
  std::string tenant = {};
  job_id first_id = 1;
  nanoseconds from{0};
};

inline std::vector<simulated_job> draw_trace(const trace_shape& shape, const trace_options& options, std::size_t jobs,
                                             std::uint32_t seed) {
  std::mt19937 random(seed);
  const double k = 1 / (shape.arrival_cv * shape.arrival_cv);
  std::gamma_distribution<double> gap(k, 1 / (options.rate_per_s * k));
  std::lognormal_distribution<double> prompt(std::log(shape.prompt_median * options.token_scale), shape.prompt_log_sd);
  std::lognormal_distribution<double> output(std::log(shape.output_median * options.token_scale), shape.output_log_sd);
  const auto tokens = [](double drawn, std::uint32_t most) {
    return std::min(static_cast<std::uint32_t>(std::max(drawn, 1.0)), most);
  };
  std::vector<simulated_job> trace;
  double at_s = 0;
  for (std::size_t i = 0; i < jobs; ++i) {
    at_s += gap(random);
    simulated_job job;
    job.arrives = options.from + std::chrono::duration_cast<nanoseconds>(std::chrono::duration<double>(at_s));
    job.output_tokens = tokens(output(random), options.output_max);
    job.wanted.job = options.first_id + i;
    job.wanted.prompt_tokens = tokens(prompt(random), options.prompt_max);
    job.wanted.tokens_max = options.output_max;
    job.wanted.lane = options.lane;
    job.wanted.tenant = options.tenant;
    trace.push_back(std::move(job));
  }
  return trace;
}

} // namespace inferenceflow::engine::testing
