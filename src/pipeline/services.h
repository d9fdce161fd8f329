/// What every request needs and none owns.
///
/// Role:      app/ builds one per process (services) and one per loop and configuration (generation).
/// Lifecycle: services outlive every loop; a generation lives until its last request ends.
/// Threading: everything in services is thread-safe; a generation belongs to one loop.
/// Bounds:    none of its own.
#pragma once

#include "base/clock.h"
#include "cache/exact_cache.h"
#include "cache/inflight_table.h"
#include "cache/second_tier.h"
#include "cache/tenant_secret.h"
#include "config/settings.h"
#include "dialogue/codec_set.h"
#include "dispatch/line_table.h"
#include "embedding/embedder.h"
#include "pipeline/learned_files.h"
#include "pipeline/miss_pace.h"
#include "pipeline/route_book.h"
#include "providers/provider_set.h"
#include "routing/choice/experience.h"
#include "routing/choice/warm_prefixes.h"
#include "routing/route_table.h"
#include "semantic/semantic_cache.h"
#include "store/ledger.h"
#include "telemetry/log.h"
#include "telemetry/metrics.h"

#include <memory>
#include <vector>

namespace inferenceflow::pipeline {

/// What choosing among targets goes by, beside the configuration.
struct choice_memory {
  routing::experience seen;
  routing::warm_prefixes warm;
  route_books books;
};

struct services {
  const clock_source& clock;
  cache::exact_cache& cache;
  cache::inflight_table& inflight;
  store::ledger& ledger;
  telemetry::gateway_metrics& metrics;
  telemetry::logger& log;
  const dialogue::codec_set& codecs;
  dispatch::switchboard& board;
  const cache::master_secret& master;     ///< of names, keys and seals of cache entries
  semantic::semantic_cache& semantic;     ///< over the answers of `cache` and `tiers`
  std::vector<cache::second_tier*> tiers; ///< behind `cache`, fastest first
  miss_pace& pace;
  choice_memory& choices;
};

/// One configuration as one loop sees it; replaced as a whole at reload.
struct generation {
  std::shared_ptr<const config::settings> settings;
  std::shared_ptr<const routing::route_table> routes;
  std::shared_ptr<dispatch::line_table> lines; ///< shared by all loops
  providers::provider_set providers;
  std::shared_ptr<embedding::embedder> embedder; ///< of this loop; null when there is none
  std::shared_ptr<const learned_files> learned;  ///< shared by all loops; never null
};

} // namespace inferenceflow::pipeline
