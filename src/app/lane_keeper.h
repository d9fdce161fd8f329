/// Keeps what the semantic cache has learned in the tiers behind the memory, and takes it back from there.
///
/// Role:      one loop of the process writes every k_keep_every, and the shutdown once more; restoring and the news of
///            other replicas read.
/// Lifecycle: start() before the loop runs → ends with the loop.
/// Threading: one event loop.
/// Bounds:    lanes that learned something since the last time, some 50 KiB each.
///
/// What a lane knows lies in a tier as an entry of its tenant does: named, sealed and erased like one. Replicas write
/// to the same name; the last one wins, and a lane that has learned something of its own takes nothing from others.
#pragma once

#include "cache/entry_codec.h"
#include "net/event_loop.h"
#include "net/task.h"
#include "pipeline/services.h"
#include "semantic/lane_memory.h"

#include <chrono>
#include <cstddef>
#include <optional>

namespace inferenceflow::app {

class lane_keeper {
public:
  static constexpr std::chrono::seconds k_keep_every{30};

  /// Both must outlive the loop.
  lane_keeper(net::event_loop& loop, const pipeline::services& services);

  void start();
  /// Hands what was learned since the last time to the tiers. On the loop's thread, or when it no longer runs.
  /// @returns how many entries each tier was given.
  std::size_t keep_now();

private:
  [[nodiscard]] net::task<void> tick();

  net::event_loop& loop_;
  const pipeline::services& services_;
  cache::tenant_secrets secrets_;
};

/// What a lane knows, if that is what the entry holds. @returns nullopt for answers.
[[nodiscard]] std::optional<semantic::lane_memory> lane_in(const cache::kept_entry& entry);
/// Whether the entry holds what a lane knows, be it readable or not.
[[nodiscard]] bool holds_lane(const cache::kept_entry& entry);

} // namespace inferenceflow::app
