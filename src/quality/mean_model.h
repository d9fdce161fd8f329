/// Each model's mean, whatever is asked.
///
/// Role:      the baseline: always the best single model.
/// Lifecycle: immutable.
/// Threading: thread-safe.
/// Bounds:    one float per model.
#pragma once

#include "quality/file_parts.h"
#include "quality/scorer.h"

#include <algorithm>
#include <memory>
#include <vector>

namespace inferenceflow::quality {

class mean_model final : public scorer {
public:
  explicit mean_model(std::vector<float> means)
      : means_(std::move(means)) {}
  [[nodiscard]] family kind() const noexcept override { return family::mean; }
  [[nodiscard]] bool reads_vector() const noexcept override { return false; }
  [[nodiscard]] bool score(const seen&, std::span<float> out) const override {
    std::copy(means_.begin(), means_.end(), out.begin());
    return true;
  }
  void write(vectors::index_writer& into) const override { put(into, means_); }
  [[nodiscard]] static std::unique_ptr<scorer> read(vectors::index_reader& from, std::size_t models) {
    std::vector<float> means;
    if (!get(from, means) || means.size() != models || !all_trained(means)) {
      return nullptr;
    }
    return std::make_unique<mean_model>(std::move(means));
  }

private:
  std::vector<float> means_;
};

} // namespace inferenceflow::quality
