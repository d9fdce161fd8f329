/// One complete answer as it is kept in the exact cache and shared between identical requests.
///
/// Role:      pipeline/ stores and serves it; cache/ weighs and evicts it.
/// Lifecycle: immutable once built; held by shared_ptr so that eviction never pulls it from under a reader.
/// Threading: immutable, so freely shared.
/// Bounds:    charged_bytes() ≤ cache_limits::entry_bytes_max, enforced at store.
#pragma once

#include "base/clock.h"
#include "base/money.h"
#include "cache/entry_tags.h"
#include "cache/trust_level.h"
#include "cost/usage.h"

#include <cstddef>
#include <cstdint>
#include <string>

namespace inferenceflow::cache {

/// The form in which the backend delivered the body.
enum class body_form : std::uint8_t {
  json,         ///< one OpenAI JSON document
  event_stream, ///< OpenAI server-sent events, `data: [DONE]` included
};

struct cached_answer {
  body_form form = body_form::json;
  std::string body;      ///< the backend's bytes, complete
  std::string operation; ///< "chat", "completion" or "embedding"
  std::string model;     ///< model that answered, as priced
  std::string provider;  ///< backend that answered
  std::string tenant;    ///< scope it may be served in
  std::string dropped;   ///< fields of the request that the backend's protocol could not carry; mostly empty
  entry_tags tags;       ///< what invalidation may ask for
  trust_level trust = trust_level::standard; ///< at which it was written
  cost::token_usage usage;                   ///< what the original call used
  money cost;                                ///< what the original call cost: the saving of every hit
  wall_time created{};                       ///< when it was stored

  /// Bytes this entry is charged for against the cache's bound: the memory reserved by body and strings, and the
  /// bookkeeping of the cache around it (k_entry_overhead_bytes).
  [[nodiscard]] std::size_t charged_bytes() const;
};

/// The struct itself, its shared_ptr block, its slot, its place in the index and in two heaps, one remembered key of
/// the admission, and allocator slack.
inline constexpr std::size_t k_entry_overhead_bytes = sizeof(cached_answer) + 360;

} // namespace inferenceflow::cache
