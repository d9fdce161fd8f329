/// Which of several interchangeable targets gets the next request.
///
/// Role:      one per group of targets that may answer for the same model; fallback_plan asks it.
/// Lifecycle: made from the configuration, replaced as a whole at reload; the loads outlive it.
/// Threading: none of its own; one loop or its owner's mutex guards it and the loads.
/// Bounds:    k_members_max members; a decision looks at each once.
/// Source:    smooth weighted round robin: nginx, ngx_http_upstream_round_robin.c; two choices: Mitzenmacher, "The
/// Power
///            of Two Choices in Randomized Load Balancing", 2001, with Finagle's peak EWMA; sticky: Thaler and
///            Ravishankar, "Using Name-Based Mappings to Increase Hit Rates", 1998 (rendezvous, with weights), bounded
///            as in Mirrokni, Thorup and Zadimoghaddam, "Consistent Hashing with Bounded Loads", SODA 2018.
#pragma once

#include "base/clock.h"
#include "resilience/random_stream.h"
#include "resilience/target_load.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace inferenceflow::resilience {

/// Bit i = candidate i.
using candidate_set = std::uint64_t;

enum class balance_policy : std::uint8_t {
  weighted,          ///< in turn, as often as the weights say
  least_outstanding, ///< the fewest outstanding tokens per weight
  peak_ewma,         ///< the cheaper of two at random, by peak EWMA of time per token
  sticky,            ///< by conversation prefix, so that the provider's prompt cache stays warm
};

struct balancer_settings {
  balance_policy policy = balance_policy::peak_ewma;
  std::size_t sticky_load_percent =
      125; ///< of the fair share of outstanding tokens, then the next takes it; 101 to 1000
  std::size_t sticky_floor_tokens = 16'384; ///< below so many outstanding tokens none is overloaded; 0 to 10^9
};

struct balanced_target {
  target_load* load = nullptr; ///< outlives the balancer; never null
  std::uint64_t identity = 0;  ///< the same after a restart and in every gateway: a hash of backend and model
  std::uint32_t weight = 1;    ///< relative; 0 = only when no other is left; to 10000
};

class balancer {
public:
  static constexpr std::size_t k_members_max = 64;

  /// @param settings  a value outside its bounds counts as the nearest bound.
  /// @param members   more than k_members_max are left out.
  balancer(const balancer_settings& settings, std::vector<balanced_target> members);

  /// Chooses one.
  /// @param usable       who may be chosen: healthy, admitted by the breaker, with a good key and a place.
  /// @param prefix_hash  of the conversation's beginning (system prompt, tools, first messages); for sticky only.
  /// @returns the member's index; nothing when none is usable.
  [[nodiscard]] std::optional<std::size_t> choose(candidate_set usable, std::uint64_t prefix_hash, steady_time now,
                                                  random_stream& random);

  [[nodiscard]] std::size_t size() const noexcept { return members_.size(); }

private:
  struct member {
    target_load* load = nullptr;
    std::uint64_t identity = 0; ///< mixed
    std::int64_t weight = 1;
    std::int64_t turn = 0;
  };

  [[nodiscard]] std::size_t by_turn(candidate_set usable) noexcept;
  [[nodiscard]] std::size_t by_outstanding(candidate_set usable) noexcept;
  [[nodiscard]] std::size_t by_two_choices(candidate_set usable, steady_time now, random_stream& random) const noexcept;
  [[nodiscard]] std::size_t by_prefix(candidate_set usable, std::uint64_t prefix_hash) const noexcept;
  [[nodiscard]] double score(const member& one, std::uint64_t prefix_hash) const noexcept;

  balancer_settings settings_;
  std::vector<member> members_;
  candidate_set weighted_ = 0; ///< members with a weight
  bool equal_weights_ = true;
  std::size_t last_ = 0; ///< where the search for the least busy begins, so that ties take turns
};

} // namespace inferenceflow::resilience
