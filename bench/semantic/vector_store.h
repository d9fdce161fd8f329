/// The questions' vectors: made by the real embedding model, kept in a file between runs.
///
/// Role:      main asks for all of them before anything is replayed.
/// Lifecycle: vectors_of() reads the file, embeds what it lacks, writes it again.
/// Threading: one thread; the engine has its own.
/// Bounds:    dimension × 4 bytes per distinct text.
#pragma once

#include "base/error.h"

#include <cstddef>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

namespace inferenceflow::bench {

struct text_vectors {
  std::size_t dimension = 0;
  std::vector<float> values; ///< [texts][dimension], L2-normalised
  std::size_t embedded = 0;  ///< by this run
  double seconds = 0;        ///< that took

  [[nodiscard]] std::span<const float> of(std::size_t text) const {
    return std::span(values).subspan(text * dimension, dimension);
  }
};

/// @param model_file  GGUF embedding model.
/// @param kept_file   made when it is not there; of another model: made anew.
[[nodiscard]] result<text_vectors> vectors_of(const std::vector<std::string>& texts, const std::string& model_file,
                                              const std::string& kept_file);

} // namespace inferenceflow::bench
