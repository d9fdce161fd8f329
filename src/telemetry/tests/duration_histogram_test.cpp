#include "telemetry/duration_histogram.h"
#include "telemetry/vocabulary.h"

#include <gtest/gtest.h>

namespace inferenceflow::telemetry {
namespace {

using namespace std::chrono_literals;

TEST(duration_histogram, bounds_are_inclusive) {
  duration_histogram histogram;
  histogram.observe(-5s);
  histogram.observe(100us);
  histogram.observe(100us + 1ns);
  histogram.observe(120s);
  histogram.observe(120s + 1ns);
  const auto snapshot = histogram.snapshot();
  EXPECT_EQ(snapshot.counts[0], 2U);
  EXPECT_EQ(snapshot.counts[1], 1U);
  EXPECT_EQ(snapshot.counts[k_duration_bounds_us.size() - 1], 1U);
  EXPECT_EQ(snapshot.counts.back(), 1U);
  EXPECT_EQ(snapshot.total(), 5U);
  EXPECT_EQ(snapshot.sum_us, 240'000'200U);
}

TEST(duration_histogram, quantiles_interpolate_within_the_bucket) {
  duration_histogram histogram;
  for (int i = 0; i < 90; ++i) {
    histogram.observe(1'500us); // bucket 1 ms to 2 ms
  }
  for (int i = 0; i < 10; ++i) {
    histogram.observe(40ms); // bucket 30 ms to 50 ms
  }
  const auto snapshot = histogram.snapshot();
  EXPECT_NEAR(snapshot.quantile_ms(0.45), 1.5, 1e-9);
  EXPECT_NEAR(snapshot.quantile_ms(0.9), 2.0, 1e-9);
  EXPECT_NEAR(snapshot.quantile_ms(0.95), 40.0, 1e-9);
  EXPECT_NEAR(snapshot.quantile_ms(1.0), 50.0, 1e-9);
  EXPECT_NEAR(snapshot.quantile_ms(7.0), 50.0, 1e-9);
  EXPECT_GE(snapshot.quantile_ms(0.0), 0.0);
}

TEST(duration_histogram, beyond_the_last_bound) {
  duration_histogram histogram;
  histogram.observe(1h);
  EXPECT_EQ(histogram.snapshot().quantile_ms(0.5), 120'000.0);
  EXPECT_EQ(histogram_snapshot{}.quantile_ms(0.5), 0.0);
}

TEST(vocabulary, status_classes) {
  EXPECT_EQ(to_string(class_of(200)), "2xx");
  EXPECT_EQ(to_string(class_of(304)), "3xx");
  EXPECT_EQ(to_string(class_of(404)), "4xx");
  EXPECT_EQ(to_string(class_of(499)), "cancelled");
  EXPECT_EQ(to_string(class_of(503)), "5xx");
  EXPECT_EQ(to_string(class_of(0)), "5xx");
  EXPECT_EQ(to_string(class_of(999)), "5xx");
}

} // namespace
} // namespace inferenceflow::telemetry
