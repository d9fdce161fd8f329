#include "vectors/row_format.h"
#include "vectors/tests/clustered_vectors.h"

#include <cmath>
#include <cstring>
#include <gtest/gtest.h>
#include <limits>
#include <random>

namespace inferenceflow::vectors {
namespace {

using testing::clustered_vectors;

double cosine(const std::vector<float>& a, const std::vector<float>& b) {
  double dot = 0;
  double squared_a = 0;
  double squared_b = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double x = static_cast<double>(a[i]);
    const double y = static_cast<double>(b[i]);
    dot += x * y;
    squared_a += x * x;
    squared_b += y * y;
  }
  return dot / std::sqrt(squared_a * squared_b);
}

std::vector<std::byte> row_of(const row_format& format, const std::vector<float>& vector) {
  std::vector<std::byte> row(format.row_bytes());
  EXPECT_TRUE(format.quantise(vector, row.data()));
  return row;
}

double similarity(const std::vector<float>& a, const std::vector<float>& b) {
  const row_format format{a.size()};
  return static_cast<double>(format.similarity(row_of(format, a).data(), row_of(format, b).data()));
}

TEST(dot_kernels, give_the_same_integers) {
  std::mt19937 random{1};
  std::uniform_int_distribution<int> any{-127, 127};
  for (const std::size_t count : {32U, 64U, 384U, 1024U, 8192U}) {
    for (int round = 0; round < 50; ++round) {
      std::vector<std::int8_t> a(count);
      std::vector<std::int8_t> b(count);
      for (std::size_t i = 0; i < count; ++i) {
        a[i] = static_cast<std::int8_t>(any(random));
        b[i] = static_cast<std::int8_t>(any(random));
      }
      ASSERT_EQ(fastest_dot_kernel()(a.data(), b.data(), count), dot_plain(a.data(), b.data(), count));
    }
  }
}

TEST(dot_kernels, do_not_saturate_at_the_extremes) {
  for (const int left : {-127, 127}) {
    for (const int right : {-127, 127}) {
      const std::vector<std::int8_t> a(k_dimension_max, static_cast<std::int8_t>(left));
      const std::vector<std::int8_t> b(k_dimension_max, static_cast<std::int8_t>(right));
      EXPECT_EQ(fastest_dot_kernel()(a.data(), b.data(), a.size()), left * right * static_cast<int>(k_dimension_max));
    }
  }
}

TEST(row_format, takes_as_many_bytes_as_components_and_one_float) {
  EXPECT_EQ(row_format{384}.row_bytes(), 384U + 4U);
}

TEST(row_format, equal_vectors_have_similarity_one_and_opposite_ones_minus_one) {
  clustered_vectors make{384, 1, 2};
  auto vector = make.any();
  EXPECT_NEAR(similarity(vector, vector), 1.0, 1e-6);
  auto opposite = vector;
  for (float& each : opposite) {
    each = -each;
  }
  EXPECT_NEAR(similarity(vector, opposite), -1.0, 1e-6);
  EXPECT_LE(similarity(vector, vector), 1.0);
}

TEST(row_format, random_vectors_are_right_to_a_thousandth) {
  clustered_vectors make{384, 1, 3};
  double squares = 0;
  constexpr int k_pairs = 2'000;
  for (int i = 0; i < k_pairs; ++i) {
    const auto a = make.any();
    const auto b = make.near(a, static_cast<float>(i % 40) / 20.0F);
    const double wrong = std::fabs(similarity(a, b) - cosine(a, b));
    squares += wrong * wrong;
    EXPECT_LE(wrong, 2.5e-3);
    EXPECT_LE(wrong, cosine_error_max(a) + cosine_error_max(b));
  }
  EXPECT_LE(std::sqrt(squares / k_pairs), 6e-4);
}

TEST(row_format, near_duplicates_are_righter_still) {
  clustered_vectors make{384, 1, 4};
  for (int i = 0; i < 500; ++i) {
    const auto a = make.any();
    const auto b = make.near(a, 0.2F); // similarity about 0.98
    EXPECT_NEAR(similarity(a, b), cosine(a, b), 7e-4);
  }
}

// One large component makes the steps coarse, and the small ones lie just where rounding takes them away.
TEST(row_format, spiked_vectors_stay_within_the_proven_bound) {
  for (const double step_part : {0.49, 0.51, 0.99, 1.49}) {
    std::vector<float> a(384, static_cast<float>(step_part / 127));
    a[0] = 1;
    auto b = a;
    for (std::size_t i = 1; i < b.size(); ++i) {
      b[i] = i % 2 == 0 ? b[i] : -b[i];
    }
    const double wrong = std::fabs(similarity(a, b) - cosine(a, b));
    EXPECT_LE(wrong, cosine_error_max(a) + cosine_error_max(b)) << step_part;
    EXPECT_LE(wrong, 3e-2) << step_part;
  }
}

TEST(row_format, length_does_not_matter_not_even_extreme_ones) {
  clustered_vectors make{100, 1, 5};
  const auto vector = make.any();
  for (const float factor : {1e-30F, 1e30F}) {
    auto scaled = vector;
    for (float& each : scaled) {
      each *= factor;
    }
    EXPECT_NEAR(similarity(vector, scaled), 1.0, 1e-6);
  }
  std::vector<float> smallest(100, 0.0F);
  smallest[7] = std::numeric_limits<float>::denorm_min();
  EXPECT_NEAR(similarity(smallest, smallest), 1.0, 1e-6);
  EXPECT_NEAR(similarity(std::vector<float>(100, std::numeric_limits<float>::max()), std::vector<float>(100, 1)), 1.0,
              1e-6);
}

TEST(row_format, refuses_what_has_no_direction) {
  const row_format format{8};
  std::vector<std::byte> row(format.row_bytes());
  std::vector<float> vector(8, 0.0F);
  EXPECT_FALSE(format.quantise(vector, row.data()));
  for (const float bad : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity(),
                          -std::numeric_limits<float>::infinity()}) {
    for (const std::size_t at : {0U, 3U, 7U}) {
      std::vector<float> broken(8, 1.0F);
      broken[at] = bad;
      EXPECT_FALSE(format.quantise(broken, row.data())) << bad << " at " << at;
    }
  }
  EXPECT_FALSE(format.quantise(std::vector<float>(7, 1.0F), row.data()));
}

TEST(row_format, knows_its_own_rows) {
  const row_format format{40};
  auto row = row_of(format, clustered_vectors{40, 1, 6}.any());
  EXPECT_TRUE(format.valid(row.data()));
  auto most_negative = row;
  most_negative[4] = std::byte{0x80};
  EXPECT_FALSE(format.valid(most_negative.data()));
  auto padding = row;
  padding[4 + 40] = std::byte{1};
  EXPECT_FALSE(format.valid(padding.data()));
  auto norm = row;
  const float wrong = std::numeric_limits<float>::quiet_NaN();
  std::memcpy(norm.data(), &wrong, sizeof wrong);
  EXPECT_FALSE(format.valid(norm.data()));
  EXPECT_FALSE(format.valid(std::vector<std::byte>(format.row_bytes()).data()));
}

} // namespace
} // namespace inferenceflow::vectors
