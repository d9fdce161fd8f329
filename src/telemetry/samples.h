/// Values that other modules keep themselves and that are read only when somebody looks.
///
/// Role:      app/ fills one at each scrape from cache, ledger, engine, pools and server; gateway_metrics prints it.
/// Lifecycle: values.
/// Threading: values.
/// Bounds:    engines and pools are bounded by the configuration; more than k_label_values_max are cut.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace inferenceflow::telemetry {

struct cache_sample {
  std::uint64_t hits = 0;
  std::uint64_t misses = 0;
  std::uint64_t stored = 0;
  std::uint64_t evicted = 0;
  std::uint64_t bytes = 0;
  std::uint64_t entries = 0;
};

struct ledger_sample {
  std::uint64_t appended = 0;
  std::uint64_t written = 0;
  std::uint64_t dropped = 0;
  std::uint64_t errors = 0;
  std::uint64_t queue = 0;                 ///< rows that wait for the writer
  std::uint64_t bodies_left_out = 0;       ///< of rows that were written
  std::uint64_t explanations_left_out = 0; ///< likewise
  std::uint64_t feedback = 0;              ///< written
  std::uint64_t feedback_left_out = 0;
};

/// A histogram that somebody else has counted.
struct counted_sample {
  std::vector<double> bounds = {};        ///< upper bounds, rising
  std::vector<std::uint64_t> counts = {}; ///< one more than bounds; not summed up
  double sum = 0;
};

struct engine_lane_sample {
  std::string lane;
  std::uint64_t queue_depth = 0;
  counted_sample wait_s = {};
};

struct engine_sample {
  std::string model;
  std::uint64_t queue_depth = 0;
  std::uint64_t active_sequences = 0;
  std::uint64_t tokens = 0;                   ///< evaluated since start, prompt and output
  std::vector<engine_lane_sample> lanes = {}; ///< none = the model has no lanes
  counted_sample step_s = {};
  counted_sample batch_sequences = {};
  std::uint64_t preemptions = 0;
  std::uint64_t recomputed_tokens = 0;
  std::uint64_t reused_tokens = 0; ///< of prompts, computed for an earlier request
  std::uint64_t kept_cells = 0;    ///< of the cache, held for reuse only
  std::uint64_t token_budget = 0;
  std::uint64_t bytes = 0; ///< in memory, as estimated; 0 while unloaded
};

/// The memory of all local models.
struct model_pool_sample {
  std::uint64_t bytes = 0;     ///< in memory, as estimated
  std::uint64_t bytes_max = 0; ///< 0 = no bound
  std::uint64_t loads = 0;
  std::uint64_t unloads = 0; ///< to make room
};

struct pool_sample {
  std::string provider;
  std::uint64_t idle = 0;
  std::uint64_t busy = 0;
};

struct backend_sample {
  std::string provider;
  std::uint64_t up = 1;
  std::uint64_t calls = 0;
  std::uint64_t calls_limit = 0;
  std::uint64_t waiting = 0;
};

struct breaker_sample {
  std::string provider;
  std::string model;
  double open = 0; ///< 1 open, 0.5 half-open
};

/// What the prompt cache of one provider did; counted since start, for calls whose route observes or uses it.
struct prompt_cache_sample {
  std::string provider;
  std::uint64_t read_tokens = 0;
  std::uint64_t written_tokens = 0;
  std::uint64_t marked = 0;  ///< requests that marks or a key were put into
  std::uint64_t missed = 0;  ///< requests that found nothing where something was expected
  std::uint64_t refused = 0; ///< requests that the provider took only without marks or key
  double saved_usd = 0;      ///< by reading, against reading afresh
  double spent_usd = 0;      ///< for writing, on top of reading afresh
  double would_save_usd = 0; ///< while observing: what marks would have saved
  double would_spend_usd = 0;
};

struct semantic_sample {
  std::uint64_t entries = 0;
  std::uint64_t bytes = 0;
  double error_bound = 0; ///< highest over all lanes, 0 to 1
};

/// A tier behind the memory; sums since start.
struct tier_sample {
  std::string name;
  std::uint64_t stored = 0;
  std::uint64_t dropped = 0; ///< not even tried: queue full, out of use
  std::uint64_t errors = 0;
};

/// The client of the tier that replicas share.
struct redis_sample {
  double up = 0; ///< connected servers over known ones
  std::uint64_t commands = 0;
  std::uint64_t timeouts = 0;
  std::uint64_t breakers_open = 0; ///< half-open ones included
};

/// Work that waits in files; sums since start.
struct batch_sample {
  std::uint64_t batches = 0; ///< that are being worked on
  std::uint64_t in_flight = 0;
  std::uint64_t completed = 0;
  std::uint64_t failed = 0;
  std::uint64_t again = 0; ///< answers that were not taken as the last word
  // In batches of providers.
  std::uint64_t pooled = 0;      ///< lines that wait for one, or in one
  std::uint64_t pools_open = 0;  ///< batches at providers
  std::uint64_t settled = 0;     ///< lines, at a batch's price
  std::uint64_t refused = 0;     ///< lines, for good
  std::uint64_t promoted = 0;    ///< lines that are asked as normal calls after all
  std::uint64_t pool_errors = 0; ///< requests to a provider's batch API that failed
};

struct runtime_samples {
  cache_sample cache;
  ledger_sample ledger;
  std::vector<engine_sample> engines;
  std::optional<model_pool_sample> model_pool; ///< none = no local models
  std::vector<pool_sample> pools;
  std::vector<backend_sample> backends; ///< each provider once
  std::vector<breaker_sample> breakers; ///< each pair once
  std::vector<prompt_cache_sample> prompt_caches;
  std::optional<semantic_sample> semantic; ///< none = nothing is cached by meaning
  std::vector<tier_sample> tiers;          ///< in the order in which they are asked
  std::optional<redis_sample> redis;       ///< none = no shared tier
  std::optional<batch_sample> batches;     ///< none = there has been no batch
};

} // namespace inferenceflow::telemetry
