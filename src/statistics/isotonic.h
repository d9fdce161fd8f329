/// The monotone line that lies nearest to observations: turns a raw score into what it was worth on average.
///
/// Role:      quality turns predictions into expected scores with it, escalation turns signals into P(wrong).
/// Lifecycle: fit() or from_points() → at()*. A map without points is the identity, clamped to nothing.
/// Threading: immutable after construction.
/// Bounds:    monotone_map::k_points_max points; fit() needs O(n log n) time and O(n) memory.
/// Source:    pool adjacent violators: Ayer et al., Annals of Mathematical Statistics 26 (1955); used for calibration
/// as in
///            Zadrozny & Elkan, KDD 2002.
#pragma once

#include "base/error.h"

#include <cstddef>
#include <span>
#include <vector>

namespace inferenceflow::statistics {

/// One observation: at `x`, `y` was seen, counting `weight` times.
struct observation {
  double x = 0;
  double y = 0;
  double weight = 1;
};

/// Which way the line may go.
enum class slope { rising, falling };

class monotone_map {
public:
  static constexpr std::size_t k_points_max = 2048;

  struct point {
    double x = 0;
    double y = 0;
    [[nodiscard]] bool operator==(const point&) const = default;
  };

  /// The identity: no points.
  monotone_map() = default;

  /// What points() said once, e.g. read from a file.
  /// @returns invalid_request when there are more than k_points_max, a number is not finite, x falls, or y goes both
  /// ways.
  [[nodiscard]] static result<monotone_map> from_points(std::vector<point> points);

  /// Straight between two points, level beyond the first and the last. Without points, `x` itself.
  /// @param x  finite; NaN gives the first point's y.
  [[nodiscard]] double at(double x) const noexcept;

  /// By rising x; where two have the same x, the line steps there and at() gives the mean of the two.
  [[nodiscard]] std::span<const point> points() const noexcept { return points_; }

private:
  explicit monotone_map(std::vector<point> points)
      : points_(std::move(points)) {}
  friend result<monotone_map> fit(std::span<const observation> seen, slope direction);

  std::vector<point> points_;
};

/// The line of least weighted squares among those that never turn. Observations with the same x are one, of their mean;
/// more blocks than fit into k_points_max are joined with their neighbours.
/// @param seen  at least one; weights above 0, everything finite.
/// @returns invalid_request otherwise.
[[nodiscard]] result<monotone_map> fit(std::span<const observation> seen, slope direction = slope::rising);

} // namespace inferenceflow::statistics
