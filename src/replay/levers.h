/// What makes a request cheaper, and how much each did.
///
/// Role:      the simulation adds to them, the report shows them.
/// Lifecycle: plain values.
/// Threading: values.
/// Bounds:    sums of money saturate.
/// Source:    docs/replay.md for the order in which savings are attributed.
///
/// A saving belongs to exactly one lever, so that direct = cost + Σ saved, to the nano-dollar. An answer that need not
/// be bought saves all of its direct cost. For a call that is made, the price of its tokens at the chosen model comes
/// first (routing), then what the provider's prompt cache changes (prefix), then the share paid in a batch (batch).
#pragma once

#include "base/money.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace inferenceflow::replay {

/// In order of attribution.
enum class lever : std::uint8_t { exact_cache, semantic_cache, coalescing, routing, prefix, batch };
inline constexpr std::size_t k_levers = 6;

/// For people.
[[nodiscard]] constexpr std::string_view to_string(lever which) noexcept {
  constexpr std::array<std::string_view, k_levers> words{"exact cache", "semantic cache", "coalescing",
                                                         "routing",     "prompt prefix",  "batch"};
  return words[static_cast<std::size_t>(which)];
}
/// For programs.
[[nodiscard]] constexpr std::string_view key_of(lever which) noexcept {
  constexpr std::array<std::string_view, k_levers> words{"exact_cache", "semantic_cache", "coalescing",
                                                         "routing",     "prefix",         "batch"};
  return words[static_cast<std::size_t>(which)];
}

struct lever_sum {
  std::uint64_t requests = 0; ///< in which it changed the cost
  money saved = {};           ///< negative where it cost more
};

using lever_sums = std::array<lever_sum, k_levers>;

/// Requests and what they cost directly.
struct counted_cost {
  std::uint64_t requests = 0;
  money direct = {};
  void add(money amount) {
    ++requests;
    direct += amount;
  }
};

/// What could not be judged, or not fully.
struct unjudged {
  counted_cost no_body;      ///< caches, prefixes, routing
  counted_cost unreadable;   ///< the same
  counted_cost parameters;   ///< whether an answer is reproducible
  counted_cost no_usage;     ///< costs, which are estimated
  counted_cost no_latency;   ///< coalescing
  counted_cost not_served;   ///< the configuration serves no such name: taken as paid directly
  counted_cost ceiling;      ///< the chosen model has no price: charged the configured ceiling
  counted_cost unrouted;     ///< a router that knows nothing of these models or this prompt
  counted_cost unrated;      ///< another model answers than did, and nobody has estimated how well
  counted_cost unescalated;  ///< the route may escalate, and a log does not say which answers it would have thrown away
  counted_cost no_embedding; ///< the configuration's semantic cache was not run
};

} // namespace inferenceflow::replay
