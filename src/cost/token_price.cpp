#include "cost/price_table.h"

#include <algorithm>
#include <fmt/format.h>

namespace inferenceflow::cost {

namespace {

constexpr std::size_t k_decimals_max = 9;
constexpr std::size_t k_whole_digits_max = 9;

bool all_digits(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

} // namespace

result<token_price> parse_token_price(std::string_view decimal) {
  const auto point = decimal.find('.');
  const auto whole = decimal.substr(0, point);
  const auto fraction = point == std::string_view::npos ? std::string_view{} : decimal.substr(point + 1);
  const bool well_formed = !whole.empty() && whole.size() <= k_whole_digits_max && all_digits(whole) &&
                           (point == std::string_view::npos || !fraction.empty()) &&
                           fraction.size() <= k_decimals_max && all_digits(fraction);
  std::int64_t nano_usd = 0;
  if (well_formed) {
    for (const char c : whole) {
      nano_usd = nano_usd * 10 + (c - '0');
    }
    for (std::size_t i = 0; i < k_decimals_max; ++i) {
      nano_usd = nano_usd * 10 + (i < fraction.size() ? fraction[i] - '0' : 0);
    }
  }
  if (!well_formed || nano_usd > k_price_max.nano_usd_per_mtok) {
    return make_error(error_kind::invalid_request,
                      fmt::format("\"{}\" is not a price; a decimal from 0 to 1000000 with at most nine decimals is "
                                  "needed, in US dollars",
                                  decimal.substr(0, 64)));
  }
  return token_price{nano_usd};
}

} // namespace inferenceflow::cost
