#include "statistics/isotonic.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <utility>

namespace inferenceflow::statistics {

namespace {

/// Neighbouring observations with one value.
struct block {
  double first = 0;
  double last = 0;
  double weight = 0;
  double sum = 0; ///< of weight · y

  [[nodiscard]] double mean() const { return sum / weight; }
  void join(const block& next) {
    last = next.last;
    weight += next.weight;
    sum += next.sum;
  }
};

/// One block for each distinct x, by rising x.
std::vector<block> by_place(std::span<const observation> seen, double sign) {
  std::vector<observation> sorted(seen.begin(), seen.end());
  std::sort(sorted.begin(), sorted.end(), [](const observation& a, const observation& b) { return a.x < b.x; });
  std::vector<block> places;
  for (const observation& one : sorted) {
    const block alone{.first = one.x, .last = one.x, .weight = one.weight, .sum = sign * one.weight * one.y};
    if (!places.empty() && places.back().last == one.x) {
      places.back().join(alone);
    } else {
      places.push_back(alone);
    }
  }
  return places;
}

std::vector<block> pool_violators(const std::vector<block>& places) {
  std::vector<block> pooled;
  for (const block& place : places) {
    pooled.push_back(place);
    while (pooled.size() > 1 && pooled[pooled.size() - 2].mean() >= pooled.back().mean()) {
      pooled[pooled.size() - 2].join(pooled.back());
      pooled.pop_back();
    }
  }
  return pooled;
}

/// At most `most` blocks: runs of equal number are joined, which keeps the order of the means.
std::vector<block> thinned(std::vector<block> blocks, std::size_t most) {
  if (blocks.size() <= most) {
    return blocks;
  }
  const std::size_t run = (blocks.size() + most - 1) / most;
  std::vector<block> fewer;
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    if (i % run == 0) {
      fewer.push_back(blocks[i]);
    } else {
      fewer.back().join(blocks[i]);
    }
  }
  return fewer;
}

} // namespace

result<monotone_map> monotone_map::from_points(std::vector<point> points) {
  if (points.size() > k_points_max) {
    return make_error(error_kind::invalid_request,
                      fmt::format("a monotone line has {} points; at most {} are taken", points.size(), k_points_max));
  }
  bool rises = false;
  bool falls = false;
  for (std::size_t i = 0; i < points.size(); ++i) {
    if (!std::isfinite(points[i].x) || !std::isfinite(points[i].y)) {
      return make_error(error_kind::invalid_request, fmt::format("point {} of a monotone line is not finite", i));
    }
    if (i == 0) {
      continue;
    }
    if (points[i].x < points[i - 1].x) {
      return make_error(error_kind::invalid_request,
                        fmt::format("point {} of a monotone line lies before the one before it", i));
    }
    rises = rises || points[i].y > points[i - 1].y;
    falls = falls || points[i].y < points[i - 1].y;
  }
  if (rises && falls) {
    return make_error(error_kind::invalid_request, "a monotone line rises and falls");
  }
  return monotone_map{std::move(points)};
}

double monotone_map::at(double x) const noexcept {
  if (points_.empty()) {
    return x;
  }
  if (!(x > points_.front().x)) {
    // A step at the very first x is the only case in which more than one point counts here.
    if (x == points_.front().x && points_.size() > 1 && points_[1].x == x) {
      return (points_[0].y + points_[1].y) / 2;
    }
    return points_.front().y;
  }
  const auto after =
      std::upper_bound(points_.begin(), points_.end(), x, [](double at, const point& one) { return at < one.x; });
  if (after == points_.end() && x > points_.back().x) {
    return points_.back().y;
  }
  const auto before = std::prev(after);
  if (before->x == x) {
    const auto first =
        std::lower_bound(points_.begin(), points_.end(), x, [](const point& one, double at) { return one.x < at; });
    return (first->y + before->y) / 2;
  }
  return before->y + (after->y - before->y) * (x - before->x) / (after->x - before->x);
}

result<monotone_map> fit(std::span<const observation> seen, slope direction) {
  if (seen.empty()) {
    return make_error(error_kind::invalid_request, "no observations to fit a monotone line to");
  }
  for (std::size_t i = 0; i < seen.size(); ++i) {
    if (!std::isfinite(seen[i].x) || !std::isfinite(seen[i].y) || !std::isfinite(seen[i].weight) ||
        seen[i].weight <= 0) {
      return make_error(error_kind::invalid_request,
                        fmt::format("observation {} is not finite, or its weight is not above 0", i));
    }
  }
  const double sign = direction == slope::rising ? 1 : -1;
  std::vector<monotone_map::point> points;
  for (const block& one : thinned(pool_violators(by_place(seen, sign)), monotone_map::k_points_max / 2)) {
    points.push_back({.x = one.first, .y = sign * one.mean()});
    if (one.last > one.first) {
      points.push_back({.x = one.last, .y = sign * one.mean()});
    }
  }
  return monotone_map{std::move(points)};
}

} // namespace inferenceflow::statistics
