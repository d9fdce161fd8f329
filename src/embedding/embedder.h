/// Turns a text into a vector: by a model of this process, by an upstream, or by counting letters.
///
/// Role:      the semantic cache holds one per event loop, usually a cached_embedder around another.
/// Lifecycle: outlives every embed() on it; shared, because embeds go on when their first caller leaves.
/// Threading: called only on its event loop unless the implementation says more.
/// Bounds:    each implementation states its own.
#pragma once

#include "embedding/embedding.h"
#include "net/cancel_scope.h"
#include "net/task.h"

#include <cstddef>
#include <string_view>

namespace inferenceflow::embedding {

class embedder {
public:
  virtual ~embedder() = default;

  /// For people: settings, logs, statistics, e.g. "local:all-minilm-l6-v2".
  [[nodiscard]] virtual std::string_view name() const noexcept = 0;

  /// text_vector::space of what embed() gives from now on. Empty until that is known: the model is still loading, or an
  /// upstream has not answered yet. It never changes from one space to another.
  /// Lifetime: the embedder's.
  [[nodiscard]] virtual std::string_view space() const = 0;

  /// Length of its vectors; 0 until known.
  [[nodiscard]] virtual std::size_t dimensions() const = 0;

  /// Embeds one text.
  /// @param text   UTF-8. Longer than the model takes: its beginning is embedded and the vector is marked `cut`.
  /// @param scope  cancels the wait; the work behind it ends as soon as it can.
  /// @returns invalid_request (param "input") for a text without any content the model sees; unavailable when nothing
  ///          can be embedded now (not loaded, stopped, queue full: retryable); upstream_failed, upstream_timeout and
  ///          what else a backend may say; cancelled.
  /// Lifetime: `text` and `scope` outlive the call.
  [[nodiscard]] virtual net::task<result<vector_ptr>> embed(std::string_view text, net::cancel_scope& scope) = 0;
};

} // namespace inferenceflow::embedding
