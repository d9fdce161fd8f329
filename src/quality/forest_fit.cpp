#include "quality/forest_fit.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>

namespace inferenceflow::quality {

namespace {

/// The rows' columns, one behind the other, and what is to be told apart.
struct table {
  std::size_t rows = 0;
  std::size_t columns = 0;
  std::size_t outputs = 0;
  std::vector<float> values; ///< [columns, rows]
  std::vector<float> wanted; ///< [rows, outputs], times the weight
  std::vector<float> weights;
};

struct split {
  double gain = 0;
  std::uint16_t column = 0;
  float threshold = 0;
};

class grower {
public:
  grower(const table& from, const targets& wanted, const forest_options& options, std::size_t leaf_min,
         forest_parts& into)
      : from_(from)
      , wanted_(wanted)
      , leaf_min_(leaf_min)
      , into_(into)
      , random_(options.seed)
      , order_(from.rows) {
    tried_ =
        std::max<std::size_t>(1, static_cast<std::size_t>(options.columns_share * static_cast<double>(from.columns)));
    places_.resize(from.columns);
    std::iota(places_.begin(), places_.end(), std::uint16_t{0});
  }

  void tree() {
    std::iota(order_.begin(), order_.end(), std::uint32_t{0});
    into_.roots.push_back(static_cast<std::uint32_t>(into_.nodes.size()));
    into_.nodes.emplace_back();
    struct open {
      std::size_t node, begin, end;
    };
    std::vector<open> waiting{{into_.roots.back(), 0, from_.rows}};
    while (!waiting.empty()) {
      const open one = waiting.back();
      waiting.pop_back();
      const split found = best_split(one.begin, one.end);
      if (found.gain <= 0) {
        make_leaf(one.node, one.begin, one.end);
        continue;
      }
      const float* column = from_.values.data() + found.column * from_.rows;
      const auto middle = std::partition(order_.begin() + static_cast<std::ptrdiff_t>(one.begin),
                                         order_.begin() + static_cast<std::ptrdiff_t>(one.end),
                                         [&](std::uint32_t row) { return column[row] < found.threshold; });
      const auto at = static_cast<std::size_t>(middle - order_.begin());
      const std::size_t next = into_.nodes.size();
      into_.nodes[one.node] = {
          .threshold = found.threshold, .next = static_cast<std::uint32_t>(next), .column = found.column};
      into_.nodes.resize(next + 2);
      waiting.push_back({next, one.begin, at});
      waiting.push_back({next + 1, at, one.end});
    }
  }

private:
  double unit() { return static_cast<double>(random_() >> 11U) * 0x1.0p-53; }

  split best_split(std::size_t begin, std::size_t end) {
    split best;
    if (end - begin < 2 * leaf_min_) {
      return best;
    }
    std::vector<float>& all = sums_all_;
    all.assign(from_.outputs, 0);
    float weight = 0;
    for (std::size_t i = begin; i < end; ++i) {
      const float* row = from_.wanted.data() + order_[i] * from_.outputs;
      for (std::size_t q = 0; q < from_.outputs; ++q) {
        all[q] += row[q];
      }
      weight += from_.weights[order_[i]];
    }
    std::size_t tried = 0;
    // Columns in a random order, until enough were tried; those with one value only do not count.
    for (std::size_t i = 0; i < places_.size() && tried < tried_; ++i) {
      std::swap(places_[i], places_[i + static_cast<std::size_t>(unit() * static_cast<double>(places_.size() - i))]);
      const std::uint16_t place = places_[i];
      const float* column = from_.values.data() + place * from_.rows;
      float low = column[order_[begin]];
      float high = low;
      for (std::size_t j = begin; j < end; ++j) {
        low = std::min(low, column[order_[j]]);
        high = std::max(high, column[order_[j]]);
      }
      if (!(high > low)) {
        continue;
      }
      ++tried;
      const float threshold = low + static_cast<float>(unit()) * (high - low);
      if (!(threshold > low)) {
        continue;
      }
      const double gain = gain_of(column, threshold, begin, end, all, weight);
      if (gain > best.gain) {
        best = {.gain = gain, .column = place, .threshold = threshold};
      }
    }
    return best;
  }

  double gain_of(const float* column, float threshold, std::size_t begin, std::size_t end,
                 const std::vector<float>& all, float weight) {
    std::vector<float>& left = sums_left_;
    left.assign(from_.outputs, 0);
    float weight_left = 0;
    std::size_t count = 0;
    for (std::size_t j = begin; j < end; ++j) {
      const std::uint32_t at = order_[j];
      if (!(column[at] < threshold)) {
        continue;
      }
      const float* row = from_.wanted.data() + at * from_.outputs;
      for (std::size_t q = 0; q < from_.outputs; ++q) {
        left[q] += row[q];
      }
      weight_left += from_.weights[at];
      ++count;
    }
    if (count < leaf_min_ || end - begin - count < leaf_min_) {
      return 0;
    }
    const float weight_right = weight - weight_left;
    if (!(weight_left > 0) || !(weight_right > 0)) {
      return 0;
    }
    double gain = 0;
    for (std::size_t q = 0; q < from_.outputs; ++q) {
      const float right = all[q] - left[q];
      gain += static_cast<double>(left[q] * left[q] / weight_left + right * right / weight_right -
                                  all[q] * all[q] / weight);
    }
    return gain;
  }

  void make_leaf(std::size_t node, std::size_t begin, std::size_t end) {
    const std::size_t models = into_.models;
    into_.nodes[node] = {.threshold = 0,
                         .next = static_cast<std::uint32_t>(into_.leaves.size() / models),
                         .column = forest_model::k_leaf};
    std::vector<double> sums(models, 0);
    double weight = 0;
    for (std::size_t j = begin; j < end; ++j) {
      const std::uint32_t at = order_[j];
      const auto w = static_cast<double>(from_.weights[at]);
      weight += w;
      for (std::size_t m = 0; m < models; ++m) {
        sums[m] += w * static_cast<double>(wanted_.shared[at] + wanted_.own[at * models + m]);
      }
    }
    for (std::size_t m = 0; m < models; ++m) {
      into_.leaves.push_back(wanted_.means[m] + static_cast<float>(sums[m] / weight));
    }
  }

  const table& from_;
  const targets& wanted_;
  std::size_t leaf_min_;
  forest_parts& into_;
  std::mt19937_64 random_;
  std::vector<std::uint32_t> order_;
  std::vector<std::uint16_t> places_;
  std::vector<float> sums_all_;
  std::vector<float> sums_left_;
  std::size_t tried_ = 1;
};

table make_table(const design& from, std::span<const std::uint32_t> subset, const targets& wanted,
                 const forest_options& options, const forest_parts& parts) {
  table made;
  made.rows = subset.size();
  made.columns = k_dense + (parts.dimensions > 0 ? k_reduced : 0);
  made.outputs = 1 + from.models;
  made.values.resize(made.columns * made.rows);
  made.wanted.resize(made.rows * made.outputs);
  std::vector<float> reduced(k_reduced);
  // Own parts sum over models; the shared one stands for all of them at once.
  const float shared = options.shared_part * std::sqrt(static_cast<float>(from.models));
  for (std::size_t at = 0; at < made.rows; ++at) {
    const seen one = from.row(subset[at]);
    for (std::size_t place = 0; place < k_dense; ++place) {
      made.values[place * made.rows + at] = one.dense[place];
    }
    if (parts.dimensions > 0) {
      reduce(one.vector, parts.centre, parts.axes, reduced.data());
      for (std::size_t axis = 0; axis < k_reduced; ++axis) {
        made.values[(k_dense + axis) * made.rows + at] = reduced[axis];
      }
    }
    const float weight = from.weights[subset[at]];
    made.weights.push_back(weight);
    float* row = made.wanted.data() + at * made.outputs;
    row[0] = weight * shared * wanted.shared[at];
    for (std::size_t m = 0; m < from.models; ++m) {
      row[1 + m] = weight * wanted.own[at * from.models + m];
    }
  }
  return made;
}

} // namespace

std::unique_ptr<scorer> fit_forest(const design& from, std::span<const std::uint32_t> subset, const targets& wanted,
                                   const forest_options& options) {
  forest_parts parts;
  parts.models = static_cast<std::uint32_t>(from.models);
  if (options.vectors) {
    parts.dimensions = static_cast<std::uint32_t>(from.dimensions);
    principal_axes(from, subset, options.seed, parts.centre, parts.axes);
  }
  const table rows = make_table(from, subset, wanted, options, parts);
  const std::size_t leaf_min = std::max({std::size_t{1}, options.leaf_min, rows.rows / forest_options::k_leaves_max});
  grower growing{rows, wanted, options, leaf_min, parts};
  for (std::size_t tree = 0; tree < options.trees; ++tree) {
    growing.tree();
  }
  return std::make_unique<forest_model>(std::move(parts));
}

} // namespace inferenceflow::quality
