#include "bench/routing/measures.h"

#include "statistics/calibration.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace inferenceflow::bench {

namespace {

constexpr double k_nothing = std::numeric_limits<double>::quiet_NaN();

/// Which rows count, and how often: every row once, or a resample.
using counts = std::vector<std::uint32_t>;

counts all_once(std::size_t rows) {
  return counts(rows, 1);
}

counts counted(std::span<const std::uint32_t> drawn, std::size_t rows) {
  counts made(rows, 0);
  for (const std::uint32_t row : drawn) {
    ++made[row];
  }
  return made;
}

/// Rows by falling predicted advantage of the strong model, and what it gains on each.
class pair_curve {
public:
  pair_curve(const routing_set& set, const std::vector<float>& predicted) {
    const std::size_t models = 2;
    for (const auto& row : set.rows.rows) {
      weak_.push_back(static_cast<double>(row.scores[set.weak]));
      strong_.push_back(static_cast<double>(row.scores[set.strong]));
    }
    order_.resize(weak_.size());
    std::iota(order_.begin(), order_.end(), 0U);
    std::stable_sort(order_.begin(), order_.end(), [&](std::uint32_t a, std::uint32_t b) {
      return predicted[a * models + set.strong] - predicted[a * models + set.weak] >
             predicted[b * models + set.strong] - predicted[b * models + set.weak];
    });
  }

  struct figures {
    double apgr = 0, cpt50 = 0, cpt80 = 0, best = 0;
  };

  [[nodiscard]] figures of(const counts& count, std::vector<curve_point>* curve = nullptr) const {
    double weak = 0;
    double strong = 0;
    double all = 0;
    for (std::size_t row = 0; row < count.size(); ++row) {
      weak += count[row] * weak_[row];
      strong += count[row] * strong_[row];
      all += count[row];
    }
    figures found{.apgr = 0, .cpt50 = k_nothing, .cpt80 = k_nothing, .best = weak / all};
    double gained = 0;
    double seen = 0;
    double next = 0.1;
    double before = 0;
    if (curve != nullptr) {
      curve->push_back({.cost = 0, .quality = weak / all});
    }
    for (const std::uint32_t row : order_) {
      if (count[row] == 0) {
        continue;
      }
      const double step = strong_[row] - weak_[row];
      // Tenths of the calls: the curve is straight within a row's copies.
      while (next <= 1 + 1e-9 && seen + count[row] >= next * all - 1e-9) {
        const double recovered = (gained + (next * all - seen) * step) / (strong - weak);
        found.apgr += 0.1 * (before + recovered) / 2;
        if (curve != nullptr) {
          curve->push_back({.cost = next, .quality = (weak + recovered * (strong - weak)) / all});
        }
        before = recovered;
        next += 0.1;
      }
      gained += count[row] * step;
      seen += count[row];
      const double recovered = gained / (strong - weak);
      if (std::isnan(found.cpt50) && recovered >= 0.5) {
        found.cpt50 = seen / all;
      }
      if (std::isnan(found.cpt80) && recovered >= 0.8) {
        found.cpt80 = seen / all;
      }
      found.best = std::max(found.best, (weak + gained) / all);
    }
    return found;
  }

private:
  std::vector<double> weak_;
  std::vector<double> strong_;
  std::vector<std::uint32_t> order_;
};

/// For each trade-off between quality and cost, which model each row goes to.
class many_curve {
public:
  many_curve(const routing_set& set, const std::vector<float>& predicted)
      : rows_(set.rows.rows.size()) {
    const std::size_t models = set.prices.size();
    std::vector<double> means(models, 0);
    std::vector<double> tokens;
    double mean_cost = 0;
    for (const auto& row : set.rows.rows) {
      tokens.push_back(std::max(1.0, static_cast<double>(row.text.size()) / 4));
      for (std::size_t m = 0; m < models; ++m) {
        means[m] += static_cast<double>(row.scores[m]);
      }
    }
    const auto best = static_cast<std::size_t>(std::max_element(means.begin(), means.end()) - means.begin());
    for (const double one : tokens) {
      mean_cost += one * set.prices[best] / static_cast<double>(rows_);
    }
    for (std::size_t row = 0; row < rows_; ++row) {
      single_quality_.push_back(static_cast<double>(set.rows.rows[row].scores[best]));
      single_cost_.push_back(tokens[row] * set.prices[best]);
    }
    for (std::size_t step = 0; step < k_steps; ++step) {
      const double weight =
          step == 0 ? 0 : 1e-3 * std::pow(3e4, static_cast<double>(step - 1) / (k_steps - 2)) / mean_cost;
      for (std::size_t row = 0; row < rows_; ++row) {
        std::size_t chosen = 0;
        double top = -std::numeric_limits<double>::infinity();
        for (std::size_t m = 0; m < models; ++m) {
          const double worth = static_cast<double>(predicted[row * models + m]) - weight * tokens[row] * set.prices[m];
          if (worth > top) {
            top = worth, chosen = m;
          }
        }
        quality_.push_back(set.rows.rows[row].scores[chosen]);
        cost_.push_back(static_cast<float>(tokens[row] * set.prices[chosen]));
      }
    }
  }

  struct figures {
    double share = 1, best = 0;
  };

  [[nodiscard]] figures of(const counts& count, std::vector<curve_point>* curve = nullptr) const {
    double all = 0, single = 0, single_cost = 0;
    for (std::size_t row = 0; row < rows_; ++row) {
      all += count[row];
      single += count[row] * single_quality_[row];
      single_cost += count[row] * single_cost_[row];
    }
    figures found;
    for (std::size_t step = 0; step < k_steps; ++step) {
      double quality = 0, cost = 0;
      for (std::size_t row = 0; row < rows_; ++row) {
        quality += count[row] * static_cast<double>(quality_[step * rows_ + row]);
        cost += count[row] * static_cast<double>(cost_[step * rows_ + row]);
      }
      found.best = std::max(found.best, quality / all);
      if (quality >= single) {
        found.share = std::min(found.share, cost / single_cost);
      }
      if (curve != nullptr) {
        curve->push_back({.cost = cost / single_cost, .quality = quality / all});
      }
    }
    return found;
  }

private:
  std::size_t rows_;
  std::vector<double> single_quality_;
  std::vector<double> single_cost_;
  std::vector<float> quality_; ///< [steps, rows]
  std::vector<float> cost_;
};

/// Adds a figure and its interval. @param of  what it is for so many of each row.
template <class F>
void add(method_result& into, std::string metric, std::size_t rows, std::uint64_t seed, const F& of) {
  const auto ci95 = statistics::bootstrap_interval(
      rows, [&](std::span<const std::uint32_t> drawn) { return of(counted(drawn, rows)); },
      {.rounds = k_rounds, .seed = seed});
  const double value = of(all_once(rows));
  into.figures.push_back({.metric = std::move(metric),
                          .value = value,
                          .ci95 = ci95 ? *ci95 : statistics::interval{.low = value, .high = value}});
}

double oracle(const routing_set& set, const counts& count) {
  double sum = 0;
  double all = 0;
  for (std::size_t row = 0; row < count.size(); ++row) {
    const auto& scores = set.rows.rows[row].scores;
    sum += count[row] * static_cast<double>(*std::max_element(scores.begin(), scores.end()));
    all += count[row];
  }
  return sum / all;
}

double calibration(const routing_set& set, const std::vector<float>& predicted, const counts& count) {
  const std::size_t models = set.rows.models.size();
  std::vector<double> expected;
  std::vector<double> seen;
  for (std::size_t row = 0; row < count.size(); ++row) {
    for (std::uint32_t copy = 0; copy < count[row]; ++copy) {
      for (std::size_t m = 0; m < models; ++m) {
        expected.push_back(static_cast<double>(predicted[row * models + m]));
        seen.push_back(static_cast<double>(set.rows.rows[row].scores[m]));
      }
    }
  }
  return statistics::calibration_error(expected, seen);
}

} // namespace

method_result measure(const routing_set& set, std::string method, const std::vector<float>& predicted, bool calibrated,
                      std::uint64_t seed) {
  method_result made{.method = std::move(method), .figures = {}, .curve = {}};
  const std::size_t rows = set.rows.rows.size();
  if (set.pair) {
    const pair_curve curve{set, predicted};
    static_cast<void>(curve.of(all_once(rows), &made.curve));
    add(made, "apgr", rows, seed, [&](const counts& count) { return curve.of(count).apgr; });
    add(made, "cpt50", rows, seed, [&](const counts& count) { return curve.of(count).cpt50; });
    add(made, "cpt80", rows, seed, [&](const counts& count) { return curve.of(count).cpt80; });
    add(made, "best_quality", rows, seed, [&](const counts& count) { return curve.of(count).best; });
    add(made, "gap_to_oracle", rows, seed,
        [&](const counts& count) { return oracle(set, count) - curve.of(count).best; });
  } else {
    const many_curve curve{set, predicted};
    static_cast<void>(curve.of(all_once(rows), &made.curve));
    add(made, "cost_share_at_best_single", rows, seed, [&](const counts& count) { return curve.of(count).share; });
    add(made, "best_quality", rows, seed, [&](const counts& count) { return curve.of(count).best; });
    add(made, "gap_to_oracle", rows, seed,
        [&](const counts& count) { return oracle(set, count) - curve.of(count).best; });
  }
  if (calibrated) {
    add(made, "calibration_error", rows, seed, [&](const counts& count) { return calibration(set, predicted, count); });
  }
  return made;
}

} // namespace inferenceflow::bench
