#include "base/money.h"

#include <array>
#include <charconv>
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
  // By hand: every answer carries two of these, and a general formatter takes ten times as long.
  std::array<char, 24> text{};
  char* at = text.data();
  *at = '-';
  at = std::to_chars(at + (negative ? 1 : 0), text.data() + text.size(), magnitude / nano_per_usd).ptr;
  *at++ = '.';
  auto rest = magnitude % nano_per_usd;
  for (char* digit = at + 8; digit >= at; --digit) {
    *digit = static_cast<char>('0' + rest % 10);
    rest /= 10;
  }
  return {text.data(), at + 9};
}

} // namespace inferenceflow
