#include "replay/log/time_text.h"

#include <charconv>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <string>

namespace inferenceflow::replay {

namespace {

constexpr std::int64_t k_ms_max = 253'402'300'800'000; ///< the year 10000

/// Takes digits off the front of `text`. @returns nothing unless there are exactly `count`.
std::optional<int> digits(std::string_view& text, std::size_t count) {
  int value = 0;
  if (text.size() < count) {
    return std::nullopt;
  }
  const auto read = std::from_chars(text.data(), text.data() + count, value);
  if (read.ec != std::errc{} || read.ptr != text.data() + count || value < 0) {
    return std::nullopt;
  }
  text.remove_prefix(count);
  return value;
}

bool take(std::string_view& text, char wanted) {
  if (text.empty() || text.front() != wanted) {
    return false;
  }
  text.remove_prefix(1);
  return true;
}

/// ".123456" → 123.
std::int64_t fraction_ms(std::string_view& text) {
  std::int64_t ms = 0;
  std::int64_t scale = 100;
  if (!take(text, '.') && !take(text, ',')) {
    return 0;
  }
  while (!text.empty() && text.front() >= '0' && text.front() <= '9') {
    ms += (text.front() - '0') * scale;
    scale /= 10;
    text.remove_prefix(1);
  }
  return ms;
}

/// "Z", "+02:00", "+0200", "+02" or nothing. @returns minutes east, or nothing for something else.
std::optional<int> zone_minutes(std::string_view text) {
  if (text.empty() || text == "Z" || text == "z" || text == " UTC") {
    return 0;
  }
  const int sign = text.front() == '-' ? -1 : 1;
  if (!take(text, '+') && !take(text, '-')) {
    return std::nullopt;
  }
  const auto hours = digits(text, 2);
  (void)take(text, ':');
  const auto minutes = text.empty() ? std::optional{0} : digits(text, 2);
  if (!hours || !minutes || !text.empty() || *hours > 23 || *minutes > 59) {
    return std::nullopt;
  }
  return sign * (*hours * 60 + *minutes);
}

std::optional<std::int64_t> within(std::int64_t ms) {
  return ms > 0 && ms < k_ms_max ? std::optional{ms} : std::nullopt;
}

std::optional<std::int64_t> calendar_time(std::string_view text) {
  const auto year = digits(text, 4);
  const bool first = take(text, '-');
  const auto month = digits(text, 2);
  const bool second = take(text, '-');
  const auto day = digits(text, 2);
  if (!year || !month || !day || !first || !second) {
    return std::nullopt;
  }
  const std::chrono::year_month_day date{std::chrono::year{*year}, std::chrono::month{static_cast<unsigned>(*month)},
                                         std::chrono::day{static_cast<unsigned>(*day)}};
  if (!date.ok()) {
    return std::nullopt;
  }
  std::int64_t ms = std::chrono::milliseconds{std::chrono::sys_days{date}.time_since_epoch()}.count();
  if (text.empty()) {
    return within(ms);
  }
  if (!take(text, 'T') && !take(text, ' ') && !take(text, 't')) {
    return std::nullopt;
  }
  const auto hour = digits(text, 2);
  const bool colon = take(text, ':');
  const auto minute = digits(text, 2);
  const auto second_of = take(text, ':') ? digits(text, 2) : std::optional{0};
  if (!hour || !colon || !minute || !second_of || *hour > 23 || *minute > 59 || *second_of > 60) {
    return std::nullopt;
  }
  ms += ((std::int64_t{*hour} * 60 + *minute) * 60 + *second_of) * 1'000 + fraction_ms(text);
  const auto zone = zone_minutes(text);
  return zone ? within(ms - std::int64_t{*zone} * 60'000) : std::nullopt;
}

} // namespace

std::optional<std::int64_t> unix_ms_of(double number) noexcept {
  if (!std::isfinite(number) || number <= 0 || number >= 1e20) {
    return std::nullopt;
  }
  const double ms = number < 1e11 ? number * 1e3 : number < 1e14 ? number : number < 1e17 ? number / 1e3 : number / 1e6;
  return within(static_cast<std::int64_t>(ms));
}

std::optional<std::int64_t> parse_time(std::string_view text) noexcept {
  while (!text.empty() && text.front() == ' ') {
    text.remove_prefix(1);
  }
  while (!text.empty() && text.back() == ' ') {
    text.remove_suffix(1);
  }
  double number = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  if (read.ec == std::errc{} && read.ptr == text.data() + text.size()) {
    return unix_ms_of(number);
  }
  return calendar_time(text);
}

} // namespace inferenceflow::replay
