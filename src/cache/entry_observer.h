/// Hears of every entry that leaves the memory tier, so that an index over the entries can follow.
///
/// Role:      semantic/ keeps its index by it.
/// Lifecycle: registered with exact_cache::observe() before the cache is shared; outlives it.
/// Threading: called by whichever thread made the entry go, several at a time.
/// Bounds:    none.
#pragma once

#include "cache/cache_key.h"
#include "cache/cached_answer.h"

#include <cstdint>

namespace inferenceflow::cache {

enum class departure : std::uint8_t {
  evicted,  ///< others were worth more
  expired,  ///< past its time to live, or idle for longer than it is worth
  erased,   ///< somebody asked for it
  replaced, ///< another answer was stored, or offered and refused, under its key
};

class entry_observer {
public:
  virtual ~entry_observer() = default;

  /// An entry is gone. Called without any lock of the cache held, so everything of it may be called from here; by then
  /// the key may have come back. Whoever keeps something by key therefore asks exact_cache::contains() under its own
  /// lock before it forgets the key, and adds keys under that lock after store(): then it never forgets a live entry.
  virtual void on_gone(const cache_key& key, const cached_answer& answer, departure why) noexcept = 0;
};

} // namespace inferenceflow::cache
