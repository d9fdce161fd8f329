/// Prompts whose models' scores follow a known rule, from a seed.
///
/// Role:      tests of learners and trainer.
/// Lifecycle: one call.
/// Threading: pure.
/// Bounds:    none.
#pragma once

#include "quality/training_set.h"

#include <array>
#include <cmath>
#include <cstdint>
#include <random>
#include <string>

namespace inferenceflow::quality {

class chance {
public:
  explicit chance(std::uint64_t seed)
      : engine_(seed) {}
  double unit() { return static_cast<double>(engine_() >> 11U) * 0x1.0p-53; }
  std::size_t below(std::size_t bound) { return static_cast<std::size_t>(unit() * static_cast<double>(bound)); }

private:
  std::mt19937_64 engine_;
};

inline constexpr std::array<const char*, 4> k_topics{"history", "poetry", "algebra", "chemistry"};

/// Two models. "strong" is right 9 times in 10; "weak" as often on history and poetry, but 3 times in 10 on the others.
/// The topic is a word among 8 that say nothing. Vectors point along the topic's axis, with some noise.
inline training_set two_models(std::size_t count, std::uint64_t seed, bool vectors) {
  chance random{seed};
  training_set made;
  made.models = {"strong", "weak"};
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t topic = random.below(k_topics.size());
    example row;
    for (int word = 0; word < 8; ++word) {
      row.text += "w" + std::string(1, static_cast<char>('a' + random.below(26))) + "x ";
    }
    row.text += k_topics[topic];
    row.scores = {random.unit() < 0.9 ? 1.0F : 0.0F, random.unit() < (topic < 2 ? 0.9 : 0.3) ? 1.0F : 0.0F};
    row.output_tokens = {100, 50};
    row.group = i + 1;
    if (vectors) {
      double square = 0;
      for (std::size_t axis = 0; axis < 8; ++axis) {
        row.vector.push_back(static_cast<float>((axis == topic ? 1 : 0) + 0.2 * (random.unit() - 0.5)));
        square += static_cast<double>(row.vector.back()) * static_cast<double>(row.vector.back());
      }
      for (float& x : row.vector) {
        x /= static_cast<float>(std::sqrt(square));
      }
    }
    made.rows.push_back(std::move(row));
  }
  settle_dimensions(made);
  return made;
}

} // namespace inferenceflow::quality
