/// How long misses of each route took of late, so that a hit can be made to take as long.
///
/// Role:      life records misses and, where a route pads its hits, delays these: nobody can tell from the time of an
///            answer what others have asked.
/// Lifecycle: one per process.
/// Threading: thread-safe; one mutex, held for a look-up.
/// Bounds:    k_routes_max routes, k_kept of the latest misses each; delays up to k_delay_max.
/// Source:    timing attacks on shared caches of language models: arXiv 2409.20002, §6 (mitigation by delay).
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <random>
#include <unordered_map>

namespace inferenceflow::pipeline {

class miss_pace {
public:
  static constexpr std::size_t k_routes_max = 1'024;
  static constexpr std::size_t k_kept = 64;
  static constexpr std::chrono::seconds k_delay_max{30};
  /// Before the first miss of a route is known.
  static constexpr std::chrono::milliseconds k_first_guess{500};

  /// @param seed  of the draws.
  explicit miss_pace(std::uint64_t seed)
      : draws_(seed) {}

  /// @param took  from the request's arrival to its first byte of an answer that a backend made.
  void record(std::uint64_t route, std::chrono::nanoseconds took);

  /// One of the latest misses, drawn evenly: what a hit shall take, from arrival to first byte.
  [[nodiscard]] std::chrono::nanoseconds draw(std::uint64_t route);

private:
  struct recent {
    std::array<std::chrono::nanoseconds, k_kept> took{};
    std::size_t count = 0; ///< ever
  };

  std::mutex mutex_;
  std::mt19937_64 draws_;
  std::unordered_map<std::uint64_t, recent> routes_;
};

} // namespace inferenceflow::pipeline
