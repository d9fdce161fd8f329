#include "quality/design.h"

#include <algorithm>
#include <cmath>
#include <memory>

namespace inferenceflow::quality {

design design::make(const training_set& from) {
  design made;
  made.rows = from.rows.size();
  made.models = from.models.size();
  made.dimensions = from.dimensions;
  made.begins.push_back(0);
  const auto read = std::make_unique<features>();
  for (const example& row : from.rows) {
    extract(row.as_prompt(), *read);
    const auto words = read->words();
    made.words.insert(made.words.end(), words.begin(), words.end());
    made.begins.push_back(made.words.size());
    made.dense.insert(made.dense.end(), read->dense.begin(), read->dense.end());
    if (made.dimensions > 0) {
      made.vectors.insert(made.vectors.end(), row.vector.begin(), row.vector.end());
    }
    made.scores.insert(made.scores.end(), row.scores.begin(), row.scores.end());
    made.weights.push_back(row.weight);
  }
  return made;
}

targets targets::make(const design& from, std::span<const std::uint32_t> subset) {
  targets made;
  const std::size_t models = from.models;
  std::vector<double> sums(models, 0);
  std::vector<double> weights(models, 0);
  for (const std::uint32_t row : subset) {
    const auto scores = from.scores_of(row);
    for (std::size_t m = 0; m < models; ++m) {
      if (std::isnan(scores[m])) {
        continue;
      }
      sums[m] += static_cast<double>(scores[m]) * static_cast<double>(from.weights[row]);
      weights[m] += static_cast<double>(from.weights[row]);
    }
  }
  made.means.resize(models);
  // A model that nobody of this subset has seen counts as one of even odds.
  for (std::size_t m = 0; m < models; ++m) {
    made.means[m] = weights[m] > 0 ? static_cast<float>(sums[m] / weights[m]) : 0.5F;
  }
  made.shared.reserve(subset.size());
  made.own.reserve(subset.size() * models);
  for (const std::uint32_t row : subset) {
    const auto scores = from.scores_of(row);
    float sum = 0;
    float count = 0;
    for (std::size_t m = 0; m < models; ++m) {
      if (!std::isnan(scores[m])) {
        sum += scores[m] - made.means[m];
        count += 1;
      }
    }
    const float shared = count > 0 ? sum / count : 0;
    made.shared.push_back(shared);
    for (std::size_t m = 0; m < models; ++m) {
      made.own.push_back(std::isnan(scores[m]) ? 0 : scores[m] - made.means[m] - shared);
    }
  }
  return made;
}

} // namespace inferenceflow::quality
