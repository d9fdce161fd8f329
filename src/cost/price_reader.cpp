#include "cost/price_reader.h"

#include "cost/price_table.h"

#include <algorithm>
#include <chrono>
#include <fmt/format.h>
#include <set>

namespace inferenceflow::cost {

namespace {

constexpr std::size_t k_clause_bytes_max = 256;

std::string_view type_name(simdjson::dom::element value) {
  switch (value.type()) {
  case simdjson::dom::element_type::ARRAY: return "an array";
  case simdjson::dom::element_type::OBJECT: return "an object";
  case simdjson::dom::element_type::STRING: return "a string";
  case simdjson::dom::element_type::BOOL: return "a boolean";
  case simdjson::dom::element_type::NULL_VALUE: return "null";
  default: return "a number";
  }
}

std::optional<match_kind> kind_of(std::string_view key) {
  if (key == "equals") {
    return match_kind::equals;
  }
  if (key == "starts_with") {
    return match_kind::starts_with;
  }
  if (key == "ends_with") {
    return match_kind::ends_with;
  }
  if (key == "contains") {
    return match_kind::contains;
  }
  return key == "pattern" ? std::optional{match_kind::pattern} : std::nullopt;
}

/// @returns the number in `digits`, or -1 when something else than digits is there.
int number(std::string_view digits) {
  int value = 0;
  for (const char c : digits) {
    if (c < '0' || c > '9') {
      return -1;
    }
    value = value * 10 + (c - '0');
  }
  return value;
}

} // namespace

void price_reader::fail(const std::string& path, const std::string& what) {
  if (!failure_) {
    failure_ = make_error(error_kind::invalid_request,
                          path.empty() ? fmt::format("{}: {}", file_name_, what)
                                       : fmt::format("{}: {}: {}", file_name_, path, what),
                          path);
  }
}

void price_reader::each_field(const std::string& path, element value, std::initializer_list<std::string_view> known,
                              const std::function<void(std::string_view, const std::string&, element)>& field) {
  simdjson::dom::object object;
  if (value.get(object) != simdjson::SUCCESS) {
    return fail(path, fmt::format("is {}; an object is needed", type_name(value)));
  }
  std::set<std::string_view> seen;
  for (const auto member : object) {
    const std::string member_path = path.empty() ? std::string(member.key) : fmt::format("{}.{}", path, member.key);
    if (std::find(known.begin(), known.end(), member.key) == known.end()) {
      return fail(member_path, fmt::format("is not a known key; known are: {}", fmt::join(known, ", ")));
    }
    if (!seen.insert(member.key).second) {
      return fail(member_path, "is there twice");
    }
    field(member.key, member_path, member.value);
  }
}

void price_reader::each_item(const std::string& path, element value,
                             const std::function<void(const std::string&, element)>& item) {
  simdjson::dom::array array;
  if (value.get(array) != simdjson::SUCCESS) {
    return fail(path, fmt::format("is {}; an array is needed", type_name(value)));
  }
  std::size_t position = 0;
  for (const auto entry : array) {
    item(fmt::format("{}[{}]", path, position++), entry);
  }
}

std::string price_reader::text(const std::string& path, element value, std::size_t bytes_max) {
  std::string_view view;
  if (value.get(view) != simdjson::SUCCESS || view.empty() || view.size() > bytes_max) {
    fail(path, fmt::format("must be a string of 1 to {} bytes", bytes_max));
    return {};
  }
  return std::string(view);
}

std::vector<std::string> price_reader::texts(const std::string& path, element value, std::size_t bytes_max) {
  std::vector<std::string> found;
  each_item(path, value, [&](const std::string& item_path, element item) {
    found.push_back(to_lower(text(item_path, item, bytes_max)));
  });
  return found;
}

std::int64_t price_reader::integer(const std::string& path, element value, std::int64_t min, std::int64_t max) {
  std::int64_t number = 0;
  if (value.get(number) != simdjson::SUCCESS || number < min || number > max) {
    fail(path, fmt::format("must be an integer from {} to {}", min, max));
    return min;
  }
  return number;
}

token_price price_reader::price(const std::string& path, element value) {
  std::string decimal;
  std::string_view view;
  std::int64_t whole = 0;
  if (value.get(view) == simdjson::SUCCESS) {
    decimal = view;
  } else if (value.get(whole) == simdjson::SUCCESS) {
    decimal = fmt::format("{}", whole);
  } else {
    fail(path, fmt::format("is {}; write the decimal in quotes, such as \"0.15\", so that nothing is rounded",
                           value.is_double() ? "a floating-point number" : type_name(value)));
    return {};
  }
  auto parsed = parse_token_price(decimal);
  if (!parsed) {
    fail(path, parsed.error().message);
    return {};
  }
  return *parsed;
}

std::int64_t price_reader::day(const std::string& path, element value) {
  std::string_view view;
  if (value.get(view) == simdjson::SUCCESS && view.size() == 10 && view[4] == '-' && view[7] == '-') {
    const int year = number(view.substr(0, 4));
    const int month = number(view.substr(5, 2));
    const int day_of_month = number(view.substr(8, 2));
    const std::chrono::year_month_day date{std::chrono::year{year}, std::chrono::month{static_cast<unsigned>(month)},
                                           std::chrono::day{static_cast<unsigned>(day_of_month)}};
    if (year >= 1970 && month > 0 && day_of_month > 0 && date.ok()) {
      return to_unix_ms(std::chrono::sys_days{date});
    }
  }
  fail(path, "must be a day such as \"2026-03-13\"");
  return 0;
}

std::optional<match_clause> price_reader::clause(const std::string& path, std::string_view key, element value) {
  const auto kind = kind_of(key);
  if (!kind) {
    return std::nullopt;
  }
  return match_clause{.kind = *kind, .text = to_lower(text(path, value, k_clause_bytes_max))};
}

std::vector<match_clause> price_reader::conjunction(const std::string& path, element value) {
  if (value.is_string()) {
    return {{.kind = match_kind::equals, .text = to_lower(text(path, value, k_clause_bytes_max))}};
  }
  std::vector<match_clause> clauses;
  each_field(path, value, {"equals", "starts_with", "ends_with", "contains", "pattern", "all"},
             [&](std::string_view key, const std::string& key_path, element member) {
               if (auto single = clause(key_path, key, member)) {
                 clauses.push_back(std::move(*single));
                 return;
               }
               each_item(key_path, member, [&](const std::string& item_path, element item) {
                 each_field(item_path, item, {"equals", "starts_with", "ends_with", "contains", "pattern"},
                            [&](std::string_view inner_key, const std::string& inner_path, element inner) {
                              clauses.push_back(*clause(inner_path, inner_key, inner));
                            });
               });
             });
  if (clauses.empty()) {
    fail(path, "an empty rule would match every name");
  }
  return clauses;
}

match_rule price_reader::rule(const std::string& path, element value) {
  match_rule rule;
  each_item(path, value,
            [&](const std::string& item_path, element item) { rule.push_back(conjunction(item_path, item)); });
  return rule;
}

} // namespace inferenceflow::cost
