/// What an embedding costs, alone, together with others, and when it is known already.
///
/// Role:      bench_embedding.
/// Lifecycle: pure functions over an embedder.
/// Threading: the caller's thread runs the event loop; the model has threads of its own.
/// Bounds:    the counts asked for.
#pragma once

#include "embedding/embedder.h"

#include <cstddef>
#include <string>
#include <vector>

namespace inferenceflow::bench {

struct batch_figures {
  std::size_t concurrent = 0;
  double texts_per_s = 0;
  double ms_per_text = 0; ///< wall time divided by texts
  double p50_ms = 0;      ///< of a caller, from asking to its vector
  double p99_ms = 0;
  double cpu_ms_per_text = 0; ///< of the whole process; says more than wall time while others use the machine
  bool failed = false;
};

/// `texts` are embedded by `concurrent` callers, each asking again as soon as it is answered.
[[nodiscard]] batch_figures embed_all(embedding::embedder& asked, const std::vector<std::string>& texts,
                                      std::size_t concurrent);

struct hit_figures {
  double known_ns = 0; ///< look-up alone, key included
  double embed_ns = 0; ///< through the coroutine
};

/// Texts that the embedding cache holds; vectors of `dimensions`.
[[nodiscard]] hit_figures cache_hits(const std::vector<std::string>& texts, std::size_t rounds);

/// Nanoseconds per text of the embedder without a model.
[[nodiscard]] double hashed_ns(const std::vector<std::string>& texts, std::size_t rounds);

/// Different texts of so many sentences, each of about twenty tokens; the same for the same counts.
[[nodiscard]] std::vector<std::string> prompts(std::size_t count, std::size_t sentences);

} // namespace inferenceflow::bench
