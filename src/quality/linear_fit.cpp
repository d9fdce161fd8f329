#include "quality/linear_fit.h"

#include <algorithm>
#include <cmath>

namespace inferenceflow::quality {

namespace {

/// Words that only one prompt has tell nothing about another.
constexpr std::uint32_t k_prompts_min = 2;

/// The rows as a matrix of words · 1/√n, counts and vector components; and its products with [columns, outputs].
class row_matrix {
public:
  row_matrix(const design& from, std::span<const std::uint32_t> subset, const dense_scale& scaled, bool vectors)
      : from_(from)
      , subset_(subset)
      , dimensions_(vectors ? from.dimensions : 0)
      , slots_(k_hash_slots, 0) {
    std::vector<std::uint32_t> prompts(k_hash_slots, 0);
    for (const std::uint32_t row : subset) {
      for (const std::uint16_t word : from.row(row).words) {
        ++prompts[word];
      }
    }
    for (std::size_t word = 0; word < k_hash_slots; ++word) {
      // The last word of all has no number left; one of 65,536 is not missed.
      if (prompts[word] >= k_prompts_min && words_ < k_hash_slots - 1) {
        slots_[word] = static_cast<std::uint16_t>(++words_);
      }
    }
    dense_.reserve(subset.size() * k_dense);
    for (const std::uint32_t row : subset) {
      const auto dense = from.row(row).dense;
      for (std::size_t place = 0; place < k_dense; ++place) {
        dense_.push_back(k_dense_part * scaled.at(place, dense[place]));
      }
    }
  }

  [[nodiscard]] std::size_t columns() const { return words_ + k_dense + dimensions_; }
  [[nodiscard]] std::size_t words() const { return words_; }
  [[nodiscard]] const std::vector<std::uint16_t>& slots() const { return slots_; }

  /// Calls visit(column, value) for all of a row that is not zero.
  template <class F> void row(std::size_t at, F&& visit) const {
    const seen one = from_.row(subset_[at]);
    const float norm = one.words.empty() ? 0.0F : 1 / std::sqrt(static_cast<float>(one.words.size()));
    for (const std::uint16_t word : one.words) {
      if (slots_[word] != 0) {
        visit(std::size_t{slots_[word]} - 1, norm);
      }
    }
    for (std::size_t place = 0; place < k_dense; ++place) {
      visit(words_ + place, dense_[at * k_dense + place]);
    }
    for (std::size_t place = 0; place < dimensions_; ++place) {
      visit(words_ + k_dense + place, one.vector[place]);
    }
  }

private:
  const design& from_;
  std::span<const std::uint32_t> subset_;
  std::size_t dimensions_;
  std::vector<std::uint16_t> slots_;
  std::size_t words_ = 0;
  std::vector<float> dense_;
};

void add_scaled(float* into, const float* what, float by, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    into[i] += by * what[i];
  }
}

/// into += Xᵀ diag(weight) X · what.
void add_normal(const row_matrix& matrix, const std::vector<float>& weights, const std::vector<float>& what,
                std::vector<float>& into, std::size_t outputs) {
  std::vector<float> sums(outputs);
  for (std::size_t at = 0; at < weights.size(); ++at) {
    std::fill(sums.begin(), sums.end(), 0.0F);
    matrix.row(at, [&](std::size_t column, float value) {
      add_scaled(sums.data(), what.data() + column * outputs, value, outputs);
    });
    matrix.row(at, [&](std::size_t column, float value) {
      add_scaled(into.data() + column * outputs, sums.data(), value * weights[at], outputs);
    });
  }
}

/// Σ a·b per output.
std::vector<double> inner(const std::vector<float>& a, const std::vector<float>& b, std::size_t outputs) {
  std::vector<double> sums(outputs, 0);
  for (std::size_t i = 0; i < a.size(); i += outputs) {
    for (std::size_t q = 0; q < outputs; ++q) {
      sums[q] += static_cast<double>(a[i + q]) * static_cast<double>(b[i + q]);
    }
  }
  return sums;
}

/// @param right  Xᵀ W Z, [columns, outputs]. @returns B with (XᵀWX + penalty) B = right.
std::vector<float> solve(const row_matrix& matrix, const std::vector<float>& weights, std::vector<float> right,
                         const std::vector<float>& penalties) {
  const std::size_t outputs = penalties.size();
  std::vector<float> found(right.size(), 0);
  std::vector<float> along = right;
  std::vector<float> image(right.size());
  std::vector<double> left = inner(right, right, outputs);
  const std::vector<double> first = left;
  std::vector<float> step(outputs);
  for (std::size_t round = 0; round < linear_options::k_steps_max; ++round) {
    bool done = true;
    for (std::size_t q = 0; q < outputs; ++q) {
      done = done && left[q] <= 1e-6 * first[q];
    }
    if (done) {
      break;
    }
    for (std::size_t i = 0; i < along.size(); i += outputs) {
      for (std::size_t q = 0; q < outputs; ++q) {
        image[i + q] = penalties[q] * along[i + q];
      }
    }
    add_normal(matrix, weights, along, image, outputs);
    const std::vector<double> curve = inner(along, image, outputs);
    for (std::size_t q = 0; q < outputs; ++q) {
      step[q] = curve[q] > 0 ? static_cast<float>(left[q] / curve[q]) : 0;
    }
    for (std::size_t i = 0; i < along.size(); i += outputs) {
      for (std::size_t q = 0; q < outputs; ++q) {
        found[i + q] += step[q] * along[i + q];
        right[i + q] -= step[q] * image[i + q];
      }
    }
    const std::vector<double> now = inner(right, right, outputs);
    for (std::size_t q = 0; q < outputs; ++q) {
      step[q] = left[q] > 0 ? static_cast<float>(now[q] / left[q]) : 0;
    }
    for (std::size_t i = 0; i < along.size(); i += outputs) {
      for (std::size_t q = 0; q < outputs; ++q) {
        along[i + q] = right[i + q] + step[q] * along[i + q];
      }
    }
    left = now;
  }
  return found;
}

} // namespace

std::vector<std::unique_ptr<scorer>> fit_linear(const design& from, std::span<const std::uint32_t> subset,
                                                const targets& wanted, const linear_options& options,
                                                std::span<const float> own_penalties) {
  const dense_scale scaled = dense_scale::make(from, subset);
  const row_matrix matrix{from, subset, scaled, options.vectors};
  const std::size_t models = from.models;
  const std::size_t outputs = 1 + models * own_penalties.size();
  std::vector<float> penalties(outputs, options.shared_penalty);
  std::vector<float> weights;
  std::vector<float> right(matrix.columns() * outputs, 0);
  std::vector<float> targets_of_row(outputs);
  for (std::size_t i = 1; i < outputs; ++i) {
    penalties[i] = own_penalties[(i - 1) / models];
  }
  for (std::size_t at = 0; at < subset.size(); ++at) {
    weights.push_back(from.weights[subset[at]]);
    targets_of_row[0] = wanted.shared[at] * weights.back();
    for (std::size_t i = 1; i < outputs; ++i) {
      targets_of_row[i] = wanted.own[at * models + (i - 1) % models] * weights.back();
    }
    matrix.row(at, [&](std::size_t column, float value) {
      add_scaled(right.data() + column * outputs, targets_of_row.data(), value, outputs);
    });
  }
  const std::vector<float> found = solve(matrix, weights, std::move(right), penalties);

  std::vector<std::unique_ptr<scorer>> made;
  for (std::size_t fit = 0; fit < own_penalties.size(); ++fit) {
    linear_parts parts;
    parts.models = static_cast<std::uint32_t>(models);
    parts.dimensions = static_cast<std::uint32_t>(options.vectors ? from.dimensions : 0);
    parts.scaled = scaled;
    parts.slots = matrix.slots();
    parts.intercepts = wanted.means;
    for (std::size_t column = 0; column < matrix.columns(); ++column) {
      auto& into = column < matrix.words() ? parts.weights : parts.dense_weights;
      const float* row = found.data() + column * outputs;
      for (std::size_t m = 0; m < models; ++m) {
        into.push_back(row[0] + row[1 + fit * models + m]);
      }
    }
    made.push_back(std::make_unique<linear_model>(std::move(parts)));
  }
  return made;
}

} // namespace inferenceflow::quality
