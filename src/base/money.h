/// Money as an integer count of nano-dollars (1e-9 USD), and prices per million tokens.
///
/// Role:      cost/ computes with it, store/ keeps it, api/ prints it.
/// Lifecycle: plain value.
/// Threading: value; no shared state.
/// Bounds:    ±9.2 billion USD; every sum saturates there instead of wrapping.
#pragma once

#include <compare>
#include <cstdint>
#include <string>

namespace inferenceflow {

/// An amount of money. A strong type: it mixes with no other integer.
class money {
public:
  constexpr money() = default;
  /// @param nano_usd  amount in 1e-9 US dollars.
  [[nodiscard]] static constexpr money from_nano_usd(std::int64_t nano_usd) { return money{nano_usd}; }

  /// Amount in 1e-9 US dollars.
  [[nodiscard]] constexpr std::int64_t nano_usd() const { return nano_usd_; }
  /// For display and plots only, never for sums.
  [[nodiscard]] constexpr double usd() const { return static_cast<double>(nano_usd_) * 1e-9; }

  friend constexpr auto operator<=>(money, money) = default;
  friend money operator+(money a, money b) noexcept;
  friend money operator-(money a, money b) noexcept;
  money& operator+=(money other) noexcept { return *this = *this + other; }

private:
  explicit constexpr money(std::int64_t nano_usd)
      : nano_usd_(nano_usd) {}
  std::int64_t nano_usd_ = 0;
};

/// Price of one token, kept as nano-dollars per million tokens so that 0.0025 USD per million stays an integer.
struct token_price {
  std::int64_t nano_usd_per_mtok = 0;
  friend constexpr auto operator<=>(token_price, token_price) = default;
};

/// Prints US dollars exactly with nine decimals, e.g. "0.000001250"; negative amounts carry a leading '-'.
[[nodiscard]] std::string to_usd_string(money amount);

} // namespace inferenceflow
