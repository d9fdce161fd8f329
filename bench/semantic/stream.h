/// Questions in the order in which they arrive, each with the earlier ones that it resembles.
///
/// Role:      made once per set; every mode of the cache replays the same.
/// Lifecycle: plain values; made on one thread.
/// Threading: values; no shared state.
/// Bounds:    k_near_max earlier questions for each.
#pragma once

#include "base/error.h"
#include "bench/progress.h"
#include "bench/semantic/question_set.h"
#include "bench/semantic/vector_store.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace inferenceflow::bench {

/// More than the cache looks at: it does not keep all that was asked.
inline constexpr std::size_t k_near_max = 64;

struct earlier {
  std::uint32_t item = 0;
  float similarity = 0;
  bool same = false; ///< its answer serves
};

struct stream {
  std::string name;
  std::vector<std::uint32_t> texts; ///< by item: index among all texts
  std::vector<bool> asked;          ///< false: put into the cache, not asked
  std::vector<std::vector<earlier>> near;
  bool repeats = false; ///< the same text comes again

  [[nodiscard]] std::size_t requests() const;
};

/// All questions of all sets, and where a set's questions begin.
struct corpus {
  std::vector<question_set> sets;
  std::vector<std::string> texts;
  std::vector<std::uint32_t> first; ///< [sets]
  text_vectors vectors;
};

/// A stream that can be made.
struct stream_plan {
  std::string name;
  std::size_t items = 0;                             ///< how much there is to do
  std::function<result<stream>(progress_bar&)> make; ///< steps the bar by `items`; any thread, `all` still there
};

/// Each set's questions in its own order; then, if there are several sets, "mix": all of them in one cache, shuffled
/// together by `seed`, each set in its own order, questions of different sets counting as different. Neighbours whose
/// relation is unknown are left out: nobody could judge them. Neighbours are found exactly.
/// @param all  outlives what is returned.
[[nodiscard]] std::vector<stream_plan> plans_of(const corpus& all, std::uint64_t seed);

/// Pairs of like questions with another meaning, of cosine `similarity_min` and above: one is kept, the other asked.
[[nodiscard]] std::vector<stream> unlike_of(const corpus& all, float similarity_min);

/// "repetitive": `requests` questions drawn from `topics` groups of several phrasings, by Zipf's law; phrasings evenly.
/// @param all  outlives what is returned.
/// @returns invalid_request  no group has enough phrasings
[[nodiscard]] result<stream_plan> repetitive_of(const corpus& all, std::size_t topics, std::size_t requests,
                                                std::uint64_t seed);

} // namespace inferenceflow::bench
