/// Answers in the tier behind the memory: sealed when they go, proved when they come back.
///
/// Role:      life looks there after a miss in memory, and keeps there what it keeps in memory.
/// Lifecycle: free functions.
/// Threading: one event loop.
/// Bounds:    those of the tier and of decode_limits.
#pragma once

#include "cache/entry_codec.h"
#include "net/task.h"
#include "pipeline/loop_state.h"
#include "pipeline/services.h"

#include <memory>
#include <string>

namespace inferenceflow::pipeline {

/// The live entry under `key`, brought into memory too; null when there is none, no tier, or what was found is not an
/// entry that this tenant may have: that is counted, and the entry is taken out.
[[nodiscard]] net::task<std::shared_ptr<const cache::cached_answer>> find_in_tier(const services& shared,
                                                                                  loop_state& state, std::string tenant,
                                                                                  cache::cache_key key,
                                                                                  cache::decode_limits limits);

/// Keeps it there too; does nothing without a tier. Returns at once.
void store_in_tier(const services& shared, cache::tenant_secrets& secrets, cache::kept_entry entry,
                   std::chrono::milliseconds ttl);

} // namespace inferenceflow::pipeline
