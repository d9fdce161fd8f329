/// Vectors for training rows that have none.
///
/// Role:      the train command, where a local embedding model is there.
/// Lifecycle: one call, which loads the model and lets it go again.
/// Threading: caller's thread; the engine has its own.
/// Bounds:    k_texts_per_job texts at once.
#pragma once

#include "base/error.h"
#include "quality/training_set.h"

#include <cstddef>
#include <functional>
#include <string>

namespace inferenceflow::app::router {

inline constexpr std::size_t k_texts_per_job = 64;

/// Embeds every row's text, also of rows that have a vector: they may be of another model. A text beyond the model's
/// context loses its end. Sets `dimensions` and `space` as an embedder of the same file would name it.
/// @param model_file  GGUF embedding model.
/// @param progress    how many of how many texts.
/// @returns the engine's error; the rows are in no particular state then.
[[nodiscard]] result<void> embed_rows(quality::training_set& rows, const std::string& model_file,
                                      const std::function<void(std::size_t done, std::size_t of)>& progress);

} // namespace inferenceflow::app::router
