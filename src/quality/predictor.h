/// How good each model's answer to a prompt will be.
///
/// Role:      routing/choice asks it once per request; a router file holds one.
/// Lifecycle: immutable; shared by requests, exchanged as a whole when the file is loaded again.
/// Threading: thread-safe.
/// Bounds:    k_models_max models; without a vector some 10 µs for a prompt of 2 KB and nine models.
#pragma once

#include "quality/features.h"
#include "quality/prompt.h"

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace inferenceflow::quality {

inline constexpr std::size_t k_models_max = 64;

struct estimate {
  bool known = false;      ///< false: this prompt is too far from all that was trained on
  float quality = 0;       ///< calibrated expectation, 0 to 1
  float deviation = 0;     ///< about one standard error of it: for explanation and exploration
  float output_tokens = 0; ///< expected; 0 = unknown
};

class predictor {
public:
  predictor() = default;
  predictor(const predictor&) = delete;
  predictor& operator=(const predictor&) = delete;
  virtual ~predictor() = default;

  /// Names of the models it knows, in the order of predict()'s estimates.
  [[nodiscard]] virtual std::span<const std::string> models() const noexcept = 0;
  /// The embedder's space that vectors must be of; empty: it has no use for one.
  [[nodiscard]] virtual std::string_view space() const noexcept = 0;
  /// A few words for people, e.g. "linear + forest (text)".
  [[nodiscard]] virtual std::string_view name() const noexcept = 0;

  /// Without a vector, or with one of another length, it predicts from the text alone.
  /// @param out  [models().size()].
  void predict(const prompt& asked, std::span<estimate> out) const {
    features read;
    extract(asked, read);
    predict_from(read, asked.vector, out);
  }
  /// The same from features that are there already. @param vector  of the prompt; empty = not embedded.
  virtual void predict_from(const features& read, std::span<const float> vector, std::span<estimate> out) const = 0;
};

} // namespace inferenceflow::quality
