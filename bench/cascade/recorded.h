/// Recorded answers of several services to the same questions, in a form that any cascade can be walked over.
///
/// Role:      read_sets.cpp makes them; chain.h asks them again without a call.
/// Lifecycle: plain values.
/// Threading: values.
/// Bounds:    as many as the files hold.
#pragma once

#include "base/error.h"
#include "escalation/confidence.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace inferenceflow::bench {

/// What one service answered to one question.
struct attempt {
  double cost = 0; ///< USD, on top of what the chain's earlier attempts cost
  bool right = false;
  escalation::signals seen = {};
  std::string label = {}; ///< what it answered, where that is a class
};

struct question {
  std::uint32_t group = 0;            ///< rows of one group are never split between learning and judging
  std::vector<attempt> attempts = {}; ///< one per service of the set
};

struct recorded_set {
  std::string name = {};
  std::vector<std::string> services = {};
  std::vector<question> questions = {};
  std::uint32_t groups = 0;
  std::vector<std::vector<std::size_t>> chains = {}; ///< that may be walked: services in order
  std::vector<std::vector<std::size_t>> simple = {}; ///< of them: one cheap service, then the best
  std::size_t best = 0;                              ///< the service whose accuracy is to be reached
  bool two_classes = false;                          ///< answers are one of two labels, so that several can be combined
};

/// Four sentiment services on four sets, from FrugalML. @param folder  cascade/ or the folder above it.
[[nodiscard]] result<std::vector<recorded_set>> read_sentiment(const std::string& folder);

/// Sampled answers of weak models and one of a strong one, on two sets. Which of a question's recorded samples come
/// first is drawn `draws` times.
[[nodiscard]] result<std::vector<recorded_set>> read_samples(const std::string& folder, std::size_t draws,
                                                             std::uint64_t seed);

} // namespace inferenceflow::bench
