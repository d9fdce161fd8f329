/// Made-up embeddings: unit vectors in clusters, as questions about one subject lie.
///
/// Role:      tests of this module and bench/vectors.
/// Lifecycle: construct with a seed → make vectors.
/// Threading: one thread.
/// Bounds:    keeps clusters × dimension floats.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <random>
#include <vector>

namespace inferenceflow::vectors::testing {

inline std::vector<float> to_unit(std::vector<float> vector) {
  double squared = 0;
  for (const float each : vector) {
    squared += static_cast<double>(each) * static_cast<double>(each);
  }
  for (float& each : vector) {
    each = static_cast<float>(static_cast<double>(each) / std::sqrt(squared));
  }
  return vector;
}

class clustered_vectors {
public:
  clustered_vectors(std::size_t dimension, std::size_t clusters, std::uint64_t seed)
      : dimension_{dimension}
      , random_{seed} {
    for (std::size_t i = 0; i < clusters; ++i) {
      centres_.push_back(any());
    }
  }

  /// Any direction is as likely as any other.
  [[nodiscard]] std::vector<float> any() {
    std::vector<float> vector(dimension_);
    for (float& each : vector) {
      each = normal_(random_);
    }
    return to_unit(std::move(vector));
  }

  /// In one of the clusters; members of one cluster have a similarity of about 1 / (1 + spread²).
  [[nodiscard]] std::vector<float> member(float spread = 0.8F) {
    return near(centres_[random_() % centres_.size()], spread);
  }

  /// `from` with noise of `spread` times its length: similarity to it about 1 / sqrt(1 + spread²).
  [[nodiscard]] std::vector<float> near(const std::vector<float>& from, float spread) {
    const auto noise = any();
    std::vector<float> vector(dimension_);
    for (std::size_t i = 0; i < dimension_; ++i) {
      vector[i] = from[i] + spread * noise[i];
    }
    return to_unit(std::move(vector));
  }

  [[nodiscard]] std::uint64_t number() { return random_(); }

private:
  std::size_t dimension_;
  std::mt19937_64 random_;
  std::normal_distribution<float> normal_;
  std::vector<std::vector<float>> centres_;
};

} // namespace inferenceflow::vectors::testing
