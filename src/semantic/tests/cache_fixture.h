/// Questions, vectors and keys for tests of the whole cache.
///
/// Role:      tests of semantic_cache.
/// Lifecycle: free functions and a fixture per test.
/// Threading: one thread, but for what semantic_cache says of itself.
/// Bounds:    none.
#pragma once

#include "semantic/semantic_cache.h"

#include <cmath>
#include <gtest/gtest.h>
#include <string>
#include <string_view>
#include <vector>

namespace inferenceflow::semantic::testing {

inline constexpr lane_id k_lane = 1;
inline constexpr vectors::scope_id k_scope{.high = 3, .low = 9};
inline const lane_name k_name{.tenant = "acme", .route = "chat"};

/// A direction in the plane of subject `subject`, turned by `angle`: cosine of two of a subject is that of the angle
/// between them, of two subjects 0.
inline std::vector<float> vector_of(std::size_t subject, double angle) {
  constexpr std::size_t k_dimension = 32;
  std::vector<float> made(k_dimension, 0);
  made[(2 * subject) % k_dimension] = static_cast<float>(std::cos(angle));
  made[(2 * subject + 1) % k_dimension] = static_cast<float>(std::sin(angle));
  return made;
}

inline cache::cache_key key_of(std::uint64_t n) {
  return {.high = 5, .low = n};
}

inline question asked(std::string_view text, std::span<const float> vector, lane_id lane = k_lane,
                      vectors::scope_id scope = k_scope) {
  return {.scope = scope, .lane = lane, .text = text, .vector = vector};
}

inline rule fixed_rule(float similarity_min = 0.85F, bool veto = true) {
  return {.kind = rule_kind::fixed, .similarity_min = similarity_min, .error_max = 0.02, .veto = veto};
}

inline rule verified_rule(double error_max = 0.02) {
  return {.kind = rule_kind::verified, .similarity_min = 0.85F, .error_max = error_max, .veto = true};
}

class semantic_cache_test : public ::testing::Test {
protected:
  entry_id put(std::string_view text, const std::vector<float>& vector, std::uint64_t key, lane_id lane = k_lane,
               vectors::scope_id scope = k_scope) {
    const entry_id id = cache_.open(asked(text, vector, lane, scope), key_of(key));
    cache_.keep(id, key_of(key));
    return id;
  }

  ruling ask(std::string_view text, const std::vector<float>& vector, const rule& by, lane_id lane = k_lane,
             vectors::scope_id scope = k_scope) {
    const question of = asked(text, vector, lane, scope);
    const auto near = cache_.near(of);
    EXPECT_TRUE(near);
    return near ? cache_.decide(of, *near, by, k_name) : ruling{};
  }

  semantic_cache cache_{{}, 1};
};

} // namespace inferenceflow::semantic::testing
