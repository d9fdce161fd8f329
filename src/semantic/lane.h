/// What is known of one tenant's questions on one route.
///
/// Role:      semantic_cache keeps one per lane.
/// Lifecycle: made at a lane's first request.
/// Threading: none of its own; the cache locks.
/// Bounds:    about 7 KiB, and 8 bytes for each of k_judged_kept_max entries.
///
/// Evidence does not cross lanes: a tenant cannot teach the cache what it then serves to another.
#pragma once

#include "semantic/entry_table.h"
#include "semantic/verifier.h"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>

namespace inferenceflow::semantic {

struct lane_name {
  std::string tenant;
  std::string route;
};

struct lane_stats {
  lane_name name;
  std::uint64_t requests = 0;
  std::uint64_t hits = 0;
  std::uint64_t vetoed = 0;   ///< requests that only a veto kept from a near entry
  std::uint64_t audits = 0;   ///< servable ones that called the model all the same
  std::uint64_t explored = 0; ///< others that had a candidate
  std::uint64_t judged_right = 0;
  std::uint64_t judged_wrong = 0;
  double error_max = 0; ///< δ; 0 under a fixed rule
  double bound = 0;     ///< upper bound on the share of wrong answers in force
};

/// Entries whose record is kept with what their lane has learned: those that were first judged last.
inline constexpr std::size_t k_judged_kept_max = 512;

struct lane {
  lane(double error_max, lane_name given)
      : decides(error_max)
      , counts{.name = std::move(given)} {}

  /// An entry was judged for the first time.
  void remember(entry_id judged_now) {
    if (judged.size() == k_judged_kept_max) {
      judged.pop_front();
    }
    judged.push_back(judged_now);
  }

  verifier decides;
  lane_stats counts;
  std::deque<entry_id> judged; ///< oldest first; some may be gone
  bool taught = false;         ///< since what it learned was last taken
  std::uint64_t used = 0;      ///< the cache's request count when it was last used
};

} // namespace inferenceflow::semantic
