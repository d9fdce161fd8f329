/// What caches remember beyond one request and one process: the semantic index over kept answers, and the tier behind
/// the memory, from which both are filled again at start.
///
/// Role:      application owns one; loop_unit makes its embedder with it.
/// Lifecycle: make() after the cache, before the loops; restore() once the loops run; destroyed after the loops.
/// Threading: made on the main thread; what it holds is thread-safe.
/// Bounds:    cache.semantic_store.bytes_max and what the tier bounds.
#pragma once

#include "cache/entry_observer.h"
#include "cache/exact_cache.h"
#include "cache/second_tier.h"
#include "cache/tenant_secret.h"
#include "config/settings.h"
#include "embedding/cached_embedder.h"
#include "engine/engine_set.h"
#include "net/event_loop.h"
#include "pipeline/services.h"
#include "semantic/semantic_cache.h"
#include "store/redis_tier/redis_tier.h"
#include "telemetry/log.h"

#include <memory>

namespace inferenceflow::app {

/// Takes an entry out of the semantic index when its answer has gone for good.
class departures final : public cache::entry_observer {
public:
  /// @param cache     the observed one.
  /// @param outlived  a second tier still has what only the memory had no room for.
  departures(semantic::semantic_cache& index, const cache::exact_cache& cache, bool outlived)
      : index_(index)
      , cache_(cache)
      , outlived_(outlived) {}
  void on_gone(const cache::cache_key& key, const cache::cached_answer& answer, cache::departure why) noexcept override;

private:
  semantic::semantic_cache& index_;
  const cache::exact_cache& cache_;
  bool outlived_;
};

[[nodiscard]] semantic::semantic_limits semantic_limits_of(const config::cache_settings& settings);
[[nodiscard]] std::shared_ptr<embedding::shared_embeddings> make_embeddings(const config::cache_settings& settings);

/// The embedder of one loop under one configuration: cache.semantic_store.embedder, else the first local embedding
/// model. Null when there is none, or nobody asks for one.
[[nodiscard]] std::shared_ptr<embedding::embedder>
make_embedder(const config::settings& settings, const std::shared_ptr<const engine::engine_set>& engines,
              const pipeline::generation& generation, const std::shared_ptr<embedding::shared_embeddings>& shared,
              net::event_loop& loop, telemetry::logger& log);

/// What this process does when another replica has stored or erased something: an entry is proved and taken into memory
/// and index; an erasure is made here too; after an interruption, in which erasures may have been missed, everything is
/// forgotten and read again.
/// @param loop  the tier's first; outlives its stop().
[[nodiscard]] store::redis_tier::news_events news_for(const pipeline::services& services,
                                                      const cache::master_secret& master, std::size_t entry_bytes_max,
                                                      cache::second_tier& tier, net::event_loop& loop);

/// The vectors that lie beside `cache.file` since the last shutdown; does nothing without such a file. What went wrong
/// is in the log only: entries that are restored find their vectors there, or bring their own.
void load_index(const config::cache_settings& settings, semantic::semantic_cache& into, telemetry::logger& log);
/// Puts them there. Blocks on the disk; when no request is answered any more.
void save_index(const config::cache_settings& settings, semantic::semantic_cache& of, telemetry::logger& log);

/// Fills memory and index from the tiers of this machine; runs on a loop, tells the log how much came back. A shared
/// tier is read when its news are listened to (news_for), so that nothing is missed in between.
void restore_later(const std::vector<std::unique_ptr<cache::second_tier>>& tiers, const pipeline::services& services,
                   const cache::master_secret& master, std::size_t entry_bytes_max, net::event_loop& loop);

} // namespace inferenceflow::app
