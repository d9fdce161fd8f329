/// What a learner leaves behind: raw scores per model for one prompt.
///
/// Role:      router mixes several and calibrates the mix.
/// Lifecycle: fitted or read from a file, then immutable.
/// Threading: thread-safe.
/// Bounds:    k_models_max models.
#pragma once

#include "quality/design.h"
#include "vectors/index_file.h"

#include <cstdint>
#include <span>
#include <string_view>

namespace inferenceflow::quality {

/// The kinds; their numbers stand in router files.
enum class family : std::uint32_t { mean, linear, forest, neighbours };

[[nodiscard]] constexpr std::string_view to_string(family one) noexcept {
  switch (one) {
  case family::mean: return "mean";
  case family::linear: return "linear";
  case family::forest: return "forest";
  case family::neighbours: return "kNN";
  }
  return "unknown";
}

class scorer {
public:
  scorer() = default;
  scorer(const scorer&) = delete;
  scorer& operator=(const scorer&) = delete;
  virtual ~scorer() = default;

  [[nodiscard]] virtual family kind() const noexcept = 0;
  /// Whether score() wants a vector.
  [[nodiscard]] virtual bool reads_vector() const noexcept = 0;
  /// @param out  [models]; not clamped. @returns false when the prompt is far from its data; `out` holds the means
  /// then.
  [[nodiscard]] virtual bool score(const seen& asked, std::span<float> out) const = 0;
  virtual void write(vectors::index_writer& into) const = 0;
};

} // namespace inferenceflow::quality
