/// Remembers when prompts came back, and from that expects how often they will.
///
/// Role:      advisor reports each arrival; planner gets the expectations.
/// Lifecycle: one per process; made empty, its memory is taken at the first arrival.
/// Threading: thread-safe; 64 locks, each held for one bucket of 8 entries.
/// Bounds:    bytes_max, taken as a whole; a full bucket drops the prompt that was seen longest ago.
/// Source:    docs/prompt_caches.md. The chance to come back is the mean of a beta distribution: a prompt's own returns
///            over those of its kind (section and depth) with the same tenant, those over its kind with any tenant,
///            and those over a fixed guess.
#pragma once

#include "base/clock.h"
#include "prompt_cache/boundary.h"

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <vector>

namespace inferenceflow::prompt_cache {

inline constexpr std::int64_t k_minutes_ms = 5 * 60 * 1'000;
inline constexpr std::int64_t k_hour_ms = 60 * 60 * 1'000;

/// How long a provider that refused is left alone.
inline constexpr std::int64_t k_refused_ms = k_hour_ms;

/// How long a provider keeps a prompt of this life after its last use, in milliseconds.
[[nodiscard]] constexpr std::int64_t life_ms(dialogue::cache_life life) noexcept {
  return life == dialogue::cache_life::hour_1 ? k_hour_ms : k_minutes_ms;
}

/// What is expected of one prompt.
struct reuse {
  double within_minutes = 0;                     ///< chance that it comes back before five minutes have passed
  double within_hour = 0;                        ///< before an hour has
  std::optional<dialogue::cache_life> kept = {}; ///< the provider is believed to hold it now, for this life
  bool busy = false;                             ///< comes more often than k_busy_per_minute
};

/// Within what kinds of prompts are counted.
struct reuse_scope {
  std::uint64_t own = 0;    ///< hash of tenant, provider and model
  std::uint64_t common = 0; ///< of provider and model: the prior of a tenant that is new
};

/// OpenAI serves about this many requests a minute from one machine's cache; more spill over to others.
inline constexpr double k_busy_per_minute = 15;

class reuse_tracker {
public:
  /// @param bytes_max  memory for all prompts, at least one bucket.
  explicit reuse_tracker(std::size_t bytes_max);
  ~reuse_tracker();
  reuse_tracker(const reuse_tracker&) = delete;
  reuse_tracker& operator=(const reuse_tracker&) = delete;

  /// A request with these boundaries has come. Its own arrival is counted in prompts that were known; what is new is
  /// judged by its kind, before it is counted there.
  /// @param out    one expectation per boundary; overwritten.
  void arrive(const reuse_scope& scope, std::span<const boundary> prompt, steady_time now, std::vector<reuse>& out);

  /// The provider holds the prompt from now on, for `life` after each use.
  void kept(std::uint64_t hash, dialogue::cache_life life, steady_time now);
  /// The provider was believed to hold it and does not.
  void gone(std::uint64_t hash);

  /// Tokens per estimated token that answers of this scope reported, 1 until one did.
  [[nodiscard]] double scale(std::uint64_t scope);
  void learn_scale(std::uint64_t scope, double estimated, double reported, steady_time now);

  /// The provider does not take marks or keys in requests of this scope, for k_refused_ms.
  void refuse(std::uint64_t scope, steady_time now);
  [[nodiscard]] bool refused(std::uint64_t scope, steady_time now);

  /// Prompts dropped to make room.
  [[nodiscard]] std::uint64_t dropped() const noexcept { return dropped_.load(std::memory_order_relaxed); }

private:
  struct entry;
  struct bucket;
  class place; ///< an entry and the lock that guards it
  /// What was known of a prompt when it came, this time included.
  struct past {
    std::uint8_t kind = 0;
    bool is_new = false;
    float trials = 0;
    float minutes = 0;
    float hour = 0;
    bool in_minutes = false; ///< this time it came back within five minutes
    bool in_hour = false;
    reuse seen = {};
  };
  [[nodiscard]] bucket* buckets();
  [[nodiscard]] place find(std::uint64_t hash);
  [[nodiscard]] place make(std::uint64_t hash, std::int64_t now_ms);
  [[nodiscard]] std::optional<past> come_back(const boundary& at, std::int64_t now_ms, bool& first_return);
  /// Chances of a kind within five minutes and an hour.
  struct chances {
    double minutes = 0;
    double hour = 0;
  };
  [[nodiscard]] chances of_kind(std::uint64_t scope, std::uint8_t kind, chances prior);
  void count_new(std::uint64_t scope, std::uint8_t kind, std::int64_t now_ms);
  void count_return(std::uint64_t scope, const past& was, std::int64_t now_ms);

  std::size_t mask_;
  std::once_flag taken_;
  std::unique_ptr<bucket[]> buckets_;
  std::array<std::mutex, 64> locks_;
  std::atomic<std::uint64_t> dropped_{0};
};

} // namespace inferenceflow::prompt_cache
