/// Tokens per second, of requests all at once and of one call after another.
///
/// Role:      throughput and shared_prefix measure with it.
/// Lifecycle: free functions.
/// Threading: one thread; they block until the answers are there.
/// Bounds:    the engine's queue.
#pragma once

#include "bench/serving/stage.h"

#include <boost/json/array.hpp>
#include <cstdint>
#include <string>
#include <vector>

namespace inferenceflow::bench {

/// Generated tokens per second of requests that are all asked at once, from the first question to the last answer.
[[nodiscard]] result<double> rate_of_wave(engine::model_engine& model, const std::vector<engine::generation>& requests);

/// The same one call after another, by llama.cpp alone.
[[nodiscard]] double naive_rate(stage& on, const std::vector<token_list>& prompts, std::uint32_t tokens_max);

/// For the report.
[[nodiscard]] boost::json::array quartiles(const std::vector<double>& values);

/// Median and quartiles, 20 characters wide.
[[nodiscard]] std::string shown(const std::vector<double>& ratios);

} // namespace inferenceflow::bench
