/// How good each model's answer to a prompt will be.
///
/// Role:      routing asks one per request; a router file holds one.
/// Lifecycle: immutable once loaded.
/// Threading: thread-safe.
/// Bounds:    those of the implementation.
#pragma once

#include "quality/prompt.h"

#include <span>
#include <string>
#include <string_view>

namespace inferenceflow::quality {

struct estimate {
  bool known = false;      ///< false: this model was not in the training data, or the prompt is too far from it
  float quality = 0;       ///< calibrated expectation in [0, 1]
  float deviation = 0;     ///< standard error of it
  float output_tokens = 0; ///< expected; 0 = unknown
};

class predictor {
public:
  virtual ~predictor() = default;
  [[nodiscard]] virtual std::span<const std::string> models() const noexcept = 0;
  /// Space of the embedder whose vectors it needs; empty = it needs none.
  [[nodiscard]] virtual std::string_view space() const noexcept = 0;
  /// @param out  one per model. @pre out.size() == models().size().
  virtual void predict(const prompt& asked, std::span<estimate> out) const = 0;
};

} // namespace inferenceflow::quality
