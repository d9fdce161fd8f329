/// What came of the checks: counts for each provider, losses, and the failures with their places.
///
/// Role:      the checks note into it, report prints it.
/// Lifecycle: one per run.
/// Threading: single-threaded.
/// Bounds:    all failures are kept; a run has some thousands of checks.
#pragma once

#include "bench/wire/recording.h"

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace inferenceflow::bench {

struct score {
  int equal = 0;
  int lossy = 0; ///< equal but for losses that the writer named or the protocol's table documents
  int failed = 0;
  [[nodiscard]] int total() const { return equal + lossy + failed; }
};

struct failure {
  std::string check;
  std::string provider;
  std::string place;
  std::string why;
};

class tally {
public:
  /// All right, exactly.
  void pass(const recording& row, std::string_view check);
  /// All right but for what was named; `lost` may be empty: then it counts as exact.
  void pass(const recording& row, std::string_view check, const std::vector<std::string>& lost);
  void fail(const recording& row, std::string_view check, std::string why);

  /// By provider, then by check.
  [[nodiscard]] const std::map<std::string, std::map<std::string, score>>& providers() const { return providers_; }
  [[nodiscard]] const std::vector<failure>& failures() const { return failures_; }
  /// By check, then by field: how often.
  [[nodiscard]] const std::map<std::string, std::map<std::string, int>>& losses() const { return losses_; }

private:
  score& place_of(const recording& row, std::string_view check);

  std::map<std::string, std::map<std::string, score>> providers_;
  std::vector<failure> failures_;
  std::map<std::string, std::map<std::string, int>> losses_;
};

} // namespace inferenceflow::bench
