/// `inferenceflow router train` and `router show`.
///
/// Role:      command.cpp parses, these do.
/// Lifecycle: one call each.
/// Threading: main thread; an embedding model has its own.
/// Bounds:    those of quality::training_set.
#pragma once

#include <cstdint>
#include <string>

namespace inferenceflow::app::router {

struct train_options {
  std::string file; ///< JSONL
  std::string out = "router.bin";
  std::string vectors = "auto"; ///< auto, none, file, local
  std::string model;            ///< GGUF embedding model; empty: the configuration's first, else the delivered one
  std::string space;            ///< of the vectors in the file
  std::string config_path;
  bool config_named = false;
  std::size_t folds = 5;
  std::uint64_t seed = 1;
};

/// Prints what was tried and chosen. @returns one of exit_status.h.
[[nodiscard]] int train(const train_options& options);

/// @returns one of exit_status.h.
[[nodiscard]] int show(const std::string& path);

} // namespace inferenceflow::app::router
