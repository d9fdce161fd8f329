#include "embedding/embedding.h"

#include <algorithm>
#include <boost/assert.hpp>
#include <cmath>
#include <fmt/format.h>
#include <numeric>

namespace inferenceflow::embedding {

result<void> normalise(std::vector<float>& values) {
  if (values.empty() || values.size() > k_dimensions_max) {
    return make_error(error_kind::upstream_failed,
                      fmt::format("an embedding has {} dimensions, expected 1 to {}", values.size(), k_dimensions_max));
  }
  double square_sum = 0;
  for (const float x : values) {
    square_sum += static_cast<double>(x) * static_cast<double>(x);
  }
  if (!std::isfinite(square_sum)) {
    return make_error(error_kind::upstream_failed, "an embedding holds a value that is not finite");
  }
  if (square_sum <= 0) {
    return make_error(error_kind::upstream_failed, "an embedding is zero in every dimension");
  }
  const double scale = 1 / std::sqrt(square_sum);
  for (float& x : values) {
    x = static_cast<float>(static_cast<double>(x) * scale);
  }
  return {};
}

float cosine(std::span<const float> a, std::span<const float> b) {
  BOOST_ASSERT_MSG(a.size() == b.size(), "vectors of two models are never compared");
  return std::clamp(std::inner_product(a.begin(), a.end(), b.begin(), 0.0F), -1.0F, 1.0F);
}

} // namespace inferenceflow::embedding
