#include "store/feedback.h"

#include <algorithm>
#include <cstddef>

namespace inferenceflow::store {

std::optional<double> score_of(std::span<const feedback> said) {
  double sum = 0;
  std::size_t scored = 0;
  for (std::size_t i = 0; i < said.size(); ++i) {
    const auto later = said.subspan(i + 1);
    const bool last_word =
        std::none_of(later.begin(), later.end(), [&](const feedback& other) { return other.source == said[i].source; });
    if (last_word && said[i].score) {
      sum += *said[i].score;
      ++scored;
    }
  }
  return scored == 0 ? std::nullopt : std::optional{sum / static_cast<double>(scored)};
}

} // namespace inferenceflow::store
