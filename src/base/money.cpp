#include "base/money.h"

#include <fmt/format.h>
#include <limits>

namespace inferenceflow {

money operator+(money a, money b) noexcept {
  std::int64_t sum = 0;
  if (__builtin_add_overflow(a.nano_usd_, b.nano_usd_, &sum)) {
    sum = a.nano_usd_ > 0 ? std::numeric_limits<std::int64_t>::max() : std::numeric_limits<std::int64_t>::min();
  }
  return money{sum};
}

money operator-(money a, money b) noexcept {
  std::int64_t difference = 0;
  if (__builtin_sub_overflow(a.nano_usd_, b.nano_usd_, &difference)) {
    difference = a.nano_usd_ > 0 ? std::numeric_limits<std::int64_t>::max() : std::numeric_limits<std::int64_t>::min();
  }
  return money{difference};
}

std::string to_usd_string(money amount) {
  constexpr std::uint64_t nano_per_usd = 1'000'000'000;
  const bool negative = amount.nano_usd() < 0;
  const auto magnitude = negative ? std::uint64_t{0} - static_cast<std::uint64_t>(amount.nano_usd())
                                  : static_cast<std::uint64_t>(amount.nano_usd());
  return fmt::format("{}{}.{:09}", negative ? "-" : "", magnitude / nano_per_usd, magnitude % nano_per_usd);
}

} // namespace inferenceflow
