/// Texts to vectors one at a time, for commands that have no event loop.
///
/// Role:      `replay --semantic` gives it to the semantic cache.
/// Lifecycle: make_text_vectors() → calls → destruction, which stops the engine.
/// Threading: one thread, which a call blocks.
/// Bounds:    those of the embedder; k_vectors_kept texts' vectors are remembered.
#pragma once

#include "base/error.h"
#include "config/settings.h"
#include "replay/similar_answers.h"

namespace inferenceflow::app {

inline constexpr std::size_t k_vectors_kept = 50'000;

/// By the embedder that the configuration names: `hashed`, or a local model. Loads the model. Where no route and no
/// default turns the semantic cache on, nothing is loaded and no text has a vector.
/// @returns invalid_request for an embedder of a provider, which would be a call; unavailable for a model that cannot
/// be
///          loaded.
[[nodiscard]] result<replay::embed_text> make_text_vectors(const config::settings& settings);

} // namespace inferenceflow::app
