/// What every measurement of bench_engine is given, and what it hands back.
///
/// Role:      main makes one stage; the measurements run on it, one after the other.
/// Lifecycle: plain values; a stage outlives the measurements.
/// Threading: one thread.
/// Bounds:    none.
#pragma once

#include "base/error.h"
#include "bench/engine/reference_loop.h"
#include "bench/progress.h"
#include "bench/serving/prompts.h"
#include "engine/engine_set.h"

#include <boost/json/object.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace inferenceflow::bench {

struct settings {
  std::string model = {};
  std::string llama_tool = {}; ///< llama.cpp's llama-batched-bench; empty = not compared
  std::string report = {};
  std::string only = {}; ///< names of measurements, with commas; empty = all
  std::uint32_t threads = 0;
  std::uint32_t rounds = 5;
  double seconds = 7; ///< of each phase with a flood
  std::uint32_t gap_ms = engine::model_config{}.token_gap_ms;
  std::uint32_t prefixes = engine::model_config{}.prefixes_max;
  std::uint32_t seed = 1;
  bool soak = false;
  bool tiny = false; ///< a few seconds, for the tests: only the figures that do not depend on time mean anything
};

struct stage {
  const settings& by;
  prompt_maker& prompts;
  reference_loop& bare;
  progress_bar& bar;
};

/// Keys for the report, lines for people, and what is not as it should be.
struct measured {
  boost::json::object report = {};
  std::string table = {};
  std::vector<std::string> wrong = {};  ///< what must never be, however slow the machine
  std::vector<std::string> missed = {}; ///< targets of speed that were not reached
  std::string plot = {};                ///< blocks for gnuplot
};

struct measurement {
  std::string name;
  std::size_t (*steps)(const settings& by); ///< of the progress bar
  result<measured> (*run)(stage& on);
};

/// All that there are, in the order in which they run.
[[nodiscard]] const std::vector<measurement>& all_measurements();

/// A running engine with one chat model.
class served_model {
public:
  /// Waits until the model is loaded.
  /// @param sequences  decoded at once. @param cells  of the KV cache; a request may take them all.
  [[nodiscard]] static result<std::unique_ptr<served_model>> open(const settings& by, std::uint32_t sequences,
                                                                  std::uint32_t cells);
  [[nodiscard]] engine::model_engine& engine() const { return *engines_.find("bench"); }

  /// Waits until nothing runs.
  void settle() const;

private:
  explicit served_model(const engine::model_config& config)
      : engines_({config}, {}) {}
  engine::engine_set engines_;
};

/// Tokens per second beside llama.cpp and beside one call at a time.
[[nodiscard]] std::size_t throughput_steps(const settings& by);
[[nodiscard]] result<measured> measure_throughput(stage& on);

/// Tokens per second beside one call at a time when the requests begin alike.
[[nodiscard]] std::size_t shared_prefix_steps(const settings& by);
[[nodiscard]] result<measured> measure_shared_prefix(stage& on);

/// Latency of an express request alone, under a flood of batch work, and without lanes.
[[nodiscard]] std::size_t lanes_steps(const settings& by);
[[nodiscard]] result<measured> measure_lanes(stage& on);

/// Time to the first token of a prompt whose beginning was served before, beside a new one.
[[nodiscard]] std::size_t prefix_steps(const settings& by);
[[nodiscard]] result<measured> measure_prefix(stage& on);

/// What two tenants are given, one of which floods.
[[nodiscard]] std::size_t fairness_steps(const settings& by);
[[nodiscard]] result<measured> measure_fairness(stage& on);

/// Whether greedy answers are the same alone and among others.
[[nodiscard]] std::size_t outputs_steps(const settings& by);
[[nodiscard]] result<measured> measure_outputs(stage& on);

/// Resident memory after a thousand and after ten thousand requests.
[[nodiscard]] std::size_t memory_steps(const settings& by);
[[nodiscard]] result<measured> measure_memory(stage& on);

} // namespace inferenceflow::bench
