/// A stream through the real cache, its labels as the judge.
///
/// Role:      main runs every mode over every stream.
/// Lifecycle: free functions over values.
/// Threading: one thread per call.
/// Bounds:    those of the cache.
#pragma once

#include "bench/semantic/stream.h"
#include "semantic/ruling.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace inferenceflow::bench {

struct mode {
  std::string name;                   ///< "exact", "static", "verified"; with "+veto"
  std::optional<semantic::rule> by{}; ///< none: exact repeats only
};

struct replayed {
  std::string set;
  std::string mode;
  double bound = 0; ///< δ or the similarity threshold
  std::size_t requests = 0;
  std::size_t hits = 0;
  std::size_t wrong = 0;
  std::size_t exact = 0;    ///< hits that were the same text again
  std::size_t vetoed = 0;   ///< requests that only the veto kept from a near entry
  std::size_t explored = 0; ///< calls whose answer was compared
  double in_force = 0;      ///< the cache's own upper bound on its error at the end
  double saved_usd = 0;     ///< of right hits

  [[nodiscard]] double error() const;
  [[nodiscard]] double hit_rate() const;
};

/// What one answer costs when it is bought.
struct answer_price {
  double usd_per_question_byte = 0;
  double usd_per_answer = 0;
};

[[nodiscard]] replayed replay(const stream& of, const corpus& all, const mode& by, std::uint64_t seed,
                              const answer_price& price);

/// Every mode: exact, fixed thresholds 0.70 to 0.99, verified at four bounds, each with and without veto.
[[nodiscard]] std::vector<mode> all_modes();

/// Wilson's interval for `count` of `of`.
struct interval {
  double low = 0;
  double high = 0;
};
[[nodiscard]] interval confidence95(std::size_t count, std::size_t of);

} // namespace inferenceflow::bench
