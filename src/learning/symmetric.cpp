#include "learning/symmetric.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace inferenceflow::learning {

double quadratic(std::span<const double> matrix, std::span<const double> x) {
  double sum = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const auto row = matrix.subspan(i * x.size(), x.size());
    sum += x[i] * std::inner_product(x.begin(), x.end(), row.begin(), 0.0);
  }
  return sum;
}

void multiply(std::span<const double> matrix, std::span<const double> x, std::span<double> into) {
  for (std::size_t i = 0; i < x.size(); ++i) {
    const auto row = matrix.subspan(i * x.size(), x.size());
    into[i] = std::inner_product(x.begin(), x.end(), row.begin(), 0.0);
  }
}

void add_outer(std::span<double> matrix, std::span<const double> x, double times) {
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double scaled = times * x[i];
    for (std::size_t j = 0; j < x.size(); ++j) {
      matrix[i * x.size() + j] += scaled * x[j];
    }
  }
}

bool inverted(std::span<const double> matrix, std::size_t rows, std::span<double> into) {
  // matrix = L Lᵀ, in the lower triangle.
  std::vector<double> lower(matrix.begin(), matrix.end());
  for (std::size_t i = 0; i < rows; ++i) {
    for (std::size_t j = 0; j <= i; ++j) {
      double sum = lower[i * rows + j];
      for (std::size_t k = 0; k < j; ++k) {
        sum -= lower[i * rows + k] * lower[j * rows + k];
      }
      if (i == j && !(sum > 0 && std::isfinite(sum))) {
        return false;
      }
      lower[i * rows + j] = i == j ? std::sqrt(sum) : sum / lower[j * rows + j];
    }
  }
  std::vector<double> column(rows);
  std::vector<double> made(rows * rows);
  for (std::size_t c = 0; c < rows; ++c) {
    std::fill(column.begin(), column.end(), 0.0);
    column[c] = 1;
    for (std::size_t i = 0; i < rows; ++i) {
      for (std::size_t k = 0; k < i; ++k) {
        column[i] -= lower[i * rows + k] * column[k];
      }
      column[i] /= lower[i * rows + i];
    }
    for (std::size_t i = rows; i-- > 0;) {
      for (std::size_t k = i + 1; k < rows; ++k) {
        column[i] -= lower[k * rows + i] * column[k];
      }
      column[i] /= lower[i * rows + i];
      made[i * rows + c] = column[i];
    }
  }
  if (!std::all_of(made.begin(), made.end(), [](double each) { return std::isfinite(each); })) {
    return false;
  }
  std::copy(made.begin(), made.end(), into.begin());
  return true;
}

} // namespace inferenceflow::learning
