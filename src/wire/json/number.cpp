#include "wire/json/number.h"

#include <charconv>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <string>

namespace inferenceflow::wire::json {
namespace {

constexpr double k_exact_integer_max = 9007199254740992.0; // 2^53
constexpr std::size_t k_digits_always_fit = 19;            // 10^19 - 1 < 2^64

bool is_digit(char c) noexcept {
  return c >= '0' && c <= '9';
}

std::size_t skip_digits(std::string_view s, std::size_t at) noexcept {
  while (at < s.size() && is_digit(s[at])) {
    ++at;
  }
  return at;
}

/// End of the integer part; 0 if the grammar is broken (no digit, leading zero).
std::size_t integer_part_end(std::string_view s, std::size_t start) noexcept {
  const std::size_t end = skip_digits(s, start);
  if (end == start || (s[start] == '0' && end > start + 1)) {
    return 0;
  }
  return end;
}

bool fraction_and_exponent_are_valid(std::string_view s, std::size_t at) noexcept {
  if (at < s.size() && s[at] == '.') {
    const std::size_t end = skip_digits(s, at + 1);
    if (end == at + 1) {
      return false;
    }
    at = end;
  }
  if (at < s.size() && (s[at] == 'e' || s[at] == 'E')) {
    ++at;
    if (at < s.size() && (s[at] == '+' || s[at] == '-')) {
      ++at;
    }
    const std::size_t end = skip_digits(s, at);
    if (end == at) {
      return false;
    }
    at = end;
  }
  return at == s.size();
}

bool parse_double(std::string_view s, double& out) {
  const auto [end, code] = std::from_chars(s.data(), s.data() + s.size(), out);
  if (code == std::errc::result_out_of_range) {
    // Too large and too small look the same here; too small is just zero, as everywhere else.
    out = std::strtod(std::string{s}.c_str(), nullptr);
    return std::isfinite(out);
  }
  return code == std::errc{} && end == s.data() + s.size();
}

} // namespace

std::optional<std::int64_t> number::as_int64() const noexcept {
  constexpr auto k_max = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  if (kind != number_kind::integer || magnitude > k_max) {
    return std::nullopt;
  }
  const auto positive = static_cast<std::int64_t>(magnitude);
  return negative ? -positive : positive;
}

bool parse_number(std::string_view literal, number& out, std::string_view& what) {
  out = number{};
  out.digits = literal;
  const std::size_t start = !literal.empty() && literal[0] == '-' ? 1 : 0;
  const std::size_t integer_end = integer_part_end(literal, start);
  if (integer_end == 0) {
    what = "not a number";
    return false;
  }
  if (integer_end == literal.size() && literal.size() - start <= k_digits_always_fit) {
    for (std::size_t i = start; i < literal.size(); ++i) {
      out.magnitude = out.magnitude * 10 + static_cast<std::uint64_t>(literal[i] - '0');
    }
    out.negative = start == 1 && out.magnitude != 0;
    out.value = static_cast<double>(out.magnitude);
    out.value = out.negative ? -out.value : out.value;
    return true;
  }
  if (!fraction_and_exponent_are_valid(literal, integer_end)) {
    what = "not a number";
    return false;
  }
  if (!parse_double(literal, out.value)) {
    what = "number out of range";
    return false;
  }
  out.negative = out.value < 0;
  if (integer_end == literal.size()) {
    const char* first = literal.data() + start;
    const auto parsed = std::from_chars(first, literal.data() + literal.size(), out.magnitude);
    out.kind = parsed.ec == std::errc{} ? number_kind::integer : number_kind::big_integer;
    return true;
  }
  const double size = std::fabs(out.value);
  if (size < k_exact_integer_max && std::trunc(size) == size) {
    out.magnitude = static_cast<std::uint64_t>(size);
    return true;
  }
  out.kind = number_kind::real;
  return true;
}

} // namespace inferenceflow::wire::json
