/// The little linear algebra that a bandit needs: symmetric matrices of a few dozen rows, row by row in one vector.
///
/// Role:      linucb.
/// Lifecycle: free functions.
/// Threading: pure.
/// Bounds:    O(rows²); inverted() O(rows³).
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace inferenceflow::learning {

/// xᵀ M x. @param matrix  [x.size(), x.size()]
[[nodiscard]] double quadratic(std::span<const double> matrix, std::span<const double> x);

/// into = M x.
void multiply(std::span<const double> matrix, std::span<const double> x, std::span<double> into);

/// M += times · x xᵀ.
void add_outer(std::span<double> matrix, std::span<const double> x, double times);

/// The inverse of a symmetric, positive definite matrix, by Cholesky's decomposition.
/// @param into  [rows, rows], changed only if true. @returns false if it is not positive definite, or not finite.
[[nodiscard]] bool inverted(std::span<const double> matrix, std::size_t rows, std::span<double> into);

} // namespace inferenceflow::learning
