/// Embeds with a GGUF model of this process; texts of all callers share the model's decode steps.
///
/// Role:      the default embedder of the semantic cache.
/// Lifecycle: the engine set outlives it; embeds that run when the engine stops end with unavailable.
/// Threading: thread-safe: one object serves every event loop.
/// Bounds:    model_config.queue_max jobs wait in the engine; k_text_bytes_max of a text are looked at.
#pragma once

#include "embedding/embedder.h"
#include "engine/engine_set.h"

#include <atomic>
#include <memory>
#include <mutex>
#include <string>

namespace inferenceflow::embedding {

class local_embedder final : public embedder {
public:
  /// More than any context holds; what follows is cut off before it is copied.
  static constexpr std::size_t k_text_bytes_max = std::size_t{1} << 20U;

  /// @param engines  never null.
  /// @param model    name of an embedding model in the set.
  /// @returns model_not_found when there is none of that name; invalid_request when it generates text.
  [[nodiscard]] static result<std::shared_ptr<local_embedder>> make(std::shared_ptr<const engine::engine_set> engines,
                                                                    std::string_view model);

  [[nodiscard]] std::string_view name() const noexcept override { return name_; }
  /// "gguf:" with the mark of the weights and the dimensions, e.g. "gguf:0123456789abcdef:384"; empty until loaded.
  [[nodiscard]] std::string_view space() const override;
  [[nodiscard]] std::size_t dimensions() const override;
  /// Cancellation: before the next decode step; the caller does not wait for that.
  [[nodiscard]] net::task<result<vector_ptr>> embed(std::string_view text, net::cancel_scope& scope) override;

private:
  local_embedder(std::shared_ptr<const engine::engine_set> engines, engine::model_engine& model);

  std::shared_ptr<const engine::engine_set> engines_;
  engine::model_engine& model_; ///< of engines_
  std::string name_;

  /// What the engine said once it had loaded the model; it does not change after that.
  [[nodiscard]] bool learn() const;
  mutable std::atomic<bool> learnt_{false};
  mutable std::mutex mutex_; ///< of the first to learn
  mutable std::string space_;
  mutable std::size_t dimensions_ = 0;
};

} // namespace inferenceflow::embedding
