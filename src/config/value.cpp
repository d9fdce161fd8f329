#include "config/value.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <fmt/format.h>
#include <limits>
#include <span>

namespace inferenceflow::config {
namespace {

struct unit {
  std::string_view name;
  std::uint64_t factor;
};

// Largest first: format_quantity takes the first that divides. The last is the plain number's.
constexpr unit k_bytes_units[] = {{"GiB", 1U << 30U},
                                  {"MiB", 1U << 20U},
                                  {"KiB", 1U << 10U},
                                  {"GB", 1'000'000'000},
                                  {"MB", 1'000'000},
                                  {"kB", 1'000},
                                  {"B", 1}};
constexpr unit k_ms_units[] = {{"h", 3'600'000}, {"min", 60'000}, {"s", 1'000}, {"ms", 1}};
constexpr unit k_s_units[] = {{"d", 86'400}, {"h", 3'600}, {"min", 60}, {"s", 1}};
constexpr unit k_no_units[] = {{"", 1}};

std::span<const unit> units_of(value_kind kind) {
  switch (kind) {
  case value_kind::bytes: return k_bytes_units;
  case value_kind::time_ms: return k_ms_units;
  case value_kind::time_s: return k_s_units;
  default: return k_no_units;
  }
}

constexpr std::int64_t k_nano = 1'000'000'000;
constexpr std::int64_t k_millionths = 1'000'000;

std::optional<std::string> parse_quantity(const setting& row, std::string_view text, std::uint64_t& amount) {
  const auto* end = text.data() + text.size();
  std::uint64_t number = 0;
  const auto [rest, failure] = std::from_chars(text.data(), end, number);
  if (failure == std::errc::result_out_of_range ||
      (text.size() > 1 && text[0] == '-' && text[1] >= '0' && text[1] <= '9')) {
    return "out of range";
  }
  if (failure != std::errc{}) {
    return "not a number";
  }
  std::string_view suffix(rest, static_cast<std::size_t>(end - rest));
  suffix.remove_prefix(std::min(suffix.find_first_not_of(' '), suffix.size()));
  std::uint64_t factor = suffix.empty() ? 1 : 0;
  for (const auto& candidate : units_of(row.kind)) {
    if (!candidate.name.empty() && candidate.name == suffix) {
      factor = candidate.factor;
    }
  }
  if (factor == 0) {
    return row.kind == value_kind::count ? "not an integer" : "unknown unit";
  }
  if (number > std::numeric_limits<std::uint64_t>::max() / factor || number * factor < row.min ||
      number * factor > row.max) {
    return "out of range";
  }
  amount = number * factor;
  return std::nullopt;
}

std::optional<std::string> parse_boolean(std::string_view text, bool& value) {
  for (const std::string_view yes : {"true", "yes", "on", "1", "True", "TRUE"}) {
    if (text == yes) {
      value = true;
      return std::nullopt;
    }
  }
  for (const std::string_view no : {"false", "no", "off", "0", "False", "FALSE"}) {
    if (text == no) {
      value = false;
      return std::nullopt;
    }
  }
  return "not true or false";
}

std::int64_t millionths_of(double value) {
  return std::llround(value * static_cast<double>(k_millionths));
}

/// @param amount  in units of 10^-decimals.
std::string format_decimal(std::int64_t amount, std::size_t decimals, std::int64_t whole) {
  auto text = fmt::format("{}.{:0{}}", amount / whole, amount % whole, decimals);
  text.erase(text.find_last_not_of('0') + 1);
  if (text.back() == '.') {
    text.pop_back();
  }
  return text;
}

/// Digits, at most nine before the point and at most `decimals` behind it, in units of 10^-decimals.
std::optional<std::int64_t> parse_decimal(std::string_view text, std::size_t decimals_max) {
  const auto point = text.find('.');
  const auto whole = text.substr(0, point);
  const auto decimals = point == std::string_view::npos ? std::string_view{} : text.substr(point + 1);
  const auto is_digits = [](std::string_view part) {
    return std::all_of(part.begin(), part.end(), [](char c) { return c >= '0' && c <= '9'; });
  };
  if (whole.empty() || whole.size() > 9 || decimals.size() > decimals_max || !is_digits(whole) ||
      !is_digits(decimals) || (point != std::string_view::npos && decimals.empty())) {
    return std::nullopt;
  }
  std::int64_t amount = 0;
  for (const char c : whole) {
    amount = amount * 10 + (c - '0');
  }
  for (std::size_t i = 0; i < decimals_max; ++i) {
    amount = amount * 10 + (i < decimals.size() ? decimals[i] - '0' : 0);
  }
  return amount;
}

template <class... Ts> struct overloaded : Ts... { using Ts::operator()...; };
template <class... Ts> overloaded(Ts...) -> overloaded<Ts...>;

} // namespace

std::optional<std::int64_t> parse_nano_usd(std::string_view text) {
  return parse_decimal(text, 9);
}

std::optional<std::string> parse_value(const setting& row, std::string_view text, void* object) {
  const auto number = [&](auto store) -> std::optional<std::string> {
    std::uint64_t amount = 0;
    auto wrong = parse_quantity(row, text, amount);
    if (!wrong) {
      store(amount);
    }
    return wrong;
  };
  return std::visit(
      overloaded{
          [&](bool* value) { return parse_boolean(text, *value); },
          [&](std::string* value) -> std::optional<std::string> {
            *value = text;
            return std::nullopt;
          },
          [&](word_ref value) -> std::optional<std::string> {
            const auto found = std::find(row.words.begin(), row.words.end(), text);
            if (found == row.words.end()) {
              return "not one of the allowed words";
            }
            *value.index = static_cast<unsigned char>(found - row.words.begin());
            return std::nullopt;
          },
          [&](std::uint16_t* value) { return number([&](auto n) { *value = static_cast<std::uint16_t>(n); }); },
          [&](std::size_t* value) { return number([&](auto n) { *value = static_cast<std::size_t>(n); }); },
          [&](double* value) -> std::optional<std::string> {
            const auto amount = parse_decimal(text, 6);
            if (!amount) {
              return "not a number with at most six decimals";
            }
            if (*amount < static_cast<std::int64_t>(row.min) || *amount > static_cast<std::int64_t>(row.max)) {
              return "out of range";
            }
            *value = static_cast<double>(*amount) / static_cast<double>(k_millionths);
            return std::nullopt;
          },
          [&](std::chrono::milliseconds* value) {
            return number([&](auto n) { *value = std::chrono::milliseconds{static_cast<std::int64_t>(n)}; });
          },
          [&](std::chrono::seconds* value) {
            return number([&](auto n) { *value = std::chrono::seconds{static_cast<std::int64_t>(n)}; });
          },
          [&](token_price* value) -> std::optional<std::string> {
            const auto nano = parse_nano_usd(text);
            if (!nano) {
              return "not an amount of dollars";
            }
            if (*nano > static_cast<std::int64_t>(row.max) * k_nano) {
              return "out of range";
            }
            value->nano_usd_per_mtok = *nano;
            return std::nullopt;
          },
          [&](std::vector<std::string>*) -> std::optional<std::string> { return "not a sequence"; },
          [&](std::vector<std::pair<std::string, std::string>>*) -> std::optional<std::string> {
            return "not a mapping";
          },
      },
      row.at(object));
}

std::string format_quantity(value_kind kind, std::uint64_t amount) {
  for (const auto& candidate : units_of(kind)) {
    if (amount >= candidate.factor && amount % candidate.factor == 0) {
      return fmt::format("{}{}", amount / candidate.factor, candidate.name);
    }
  }
  return fmt::format("{}{}", amount, units_of(kind).back().name);
}

std::string format_value(const setting& row, void* object) {
  return std::visit(overloaded{
                        [&](bool* value) -> std::string { return *value ? "true" : "false"; },
                        [&](std::string* value) { return value->empty() ? "\"\"" : *value; },
                        [&](word_ref value) { return std::string(row.words[*value.index]); },
                        [&](std::uint16_t* value) { return format_quantity(row.kind, *value); },
                        [&](std::size_t* value) { return format_quantity(row.kind, *value); },
                        [&](double* value) { return format_decimal(millionths_of(*value), 6, k_millionths); },
                        [&](std::chrono::milliseconds* value) {
                          return format_quantity(row.kind, static_cast<std::uint64_t>(value->count()));
                        },
                        [&](std::chrono::seconds* value) {
                          return format_quantity(row.kind, static_cast<std::uint64_t>(value->count()));
                        },
                        [&](token_price* value) { return format_decimal(value->nano_usd_per_mtok, 9, k_nano); },
                        [&](std::vector<std::string>* value) { return fmt::format("[{}]", fmt::join(*value, ", ")); },
                        [&](std::vector<std::pair<std::string, std::string>>* value) {
                          std::string text = "{";
                          for (const auto& [name, content] : *value) {
                            text += fmt::format("{}{}: {}", text.size() > 1 ? ", " : "", name, content);
                          }
                          return text + "}";
                        },
                    },
                    row.at(object));
}

std::string allowed_values(const setting& row) {
  const auto range = [&](std::string_view what) {
    return fmt::format("{}, {} to {}", what, format_quantity(row.kind, row.min), format_quantity(row.kind, row.max));
  };
  switch (row.kind) {
  case value_kind::boolean: return "true or false";
  case value_kind::text: return "text";
  case value_kind::file: return "file name";
  case value_kind::word: return fmt::format("one of: {}", fmt::join(row.words, ", "));
  case value_kind::count: return range("integer");
  case value_kind::decimal:
    return fmt::format("number, {} to {}", format_decimal(static_cast<std::int64_t>(row.min), 6, k_millionths),
                       format_decimal(static_cast<std::int64_t>(row.max), 6, k_millionths));
  case value_kind::bytes: return range("bytes, e.g. 64KiB");
  case value_kind::time_ms: return range("milliseconds or with a unit (ms, s, min, h)");
  case value_kind::time_s: return range("seconds or with a unit (s, min, h, d)");
  case value_kind::usd_mtok: return fmt::format("US dollars per million tokens, {} to {}", row.min, row.max);
  case value_kind::text_list: return "sequence of text";
  case value_kind::text_map: return "mapping of text to text";
  }
  return {};
}

} // namespace inferenceflow::config
