#include "base/money.h"

#include <gtest/gtest.h>
#include <limits>

namespace inferenceflow {
namespace {

TEST(money, prints_nano_dollars_exactly) {
  EXPECT_EQ(to_usd_string(money::from_nano_usd(0)), "0.000000000");
  EXPECT_EQ(to_usd_string(money::from_nano_usd(1)), "0.000000001");
  EXPECT_EQ(to_usd_string(money::from_nano_usd(12'345'678'901)), "12.345678901");
  EXPECT_EQ(to_usd_string(money::from_nano_usd(-1'500'000'000)), "-1.500000000");
  EXPECT_EQ(to_usd_string(money::from_nano_usd(std::numeric_limits<std::int64_t>::min())), "-9223372036.854775808");
}

TEST(money, sums_saturate_instead_of_wrapping) {
  const auto most = money::from_nano_usd(std::numeric_limits<std::int64_t>::max());
  const auto least = money::from_nano_usd(std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(most + money::from_nano_usd(1), most);
  EXPECT_EQ(least + money::from_nano_usd(-1), least);
  EXPECT_EQ(least - money::from_nano_usd(1), least);
  EXPECT_EQ(most - money::from_nano_usd(-1), most);
}

} // namespace
} // namespace inferenceflow
