/// Typed reads from a price file's JSON that remember the first thing that is wrong, with its key path.
///
/// Role:      price_file builds its entries with it; after a failure every read returns an empty value, and the caller
///            looks at failed() once at the end.
/// Lifecycle: one per file.
/// Threading: one thread.
/// Bounds:    none of its own.
#pragma once

#include "base/error.h"
#include "cost/match_rule.h"
#include "cost/model_price.h"

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <optional>
#include <simdjson.h>
#include <string>
#include <string_view>
#include <vector>

namespace inferenceflow::cost {

class price_reader {
public:
  using element = simdjson::dom::element;

  explicit price_reader(std::string file_name)
      : file_name_(std::move(file_name)) {}

  [[nodiscard]] bool failed() const { return failure_.has_value(); }
  [[nodiscard]] error take_error() { return std::move(*failure_); }

  /// Records "<file>: <path>: <what>" unless something was wrong before.
  void fail(const std::string& path, const std::string& what);

  /// Calls `field` for every member of the object; refuses non-objects, duplicate keys and keys not in `known`.
  void each_field(const std::string& path, element value, std::initializer_list<std::string_view> known,
                  const std::function<void(std::string_view key, const std::string& path, element)>& field);
  /// Calls `item` for every element of the array; refuses non-arrays.
  void each_item(const std::string& path, element value,
                 const std::function<void(const std::string& path, element)>& item);

  [[nodiscard]] std::string text(const std::string& path, element value, std::size_t bytes_max);
  [[nodiscard]] std::vector<std::string> texts(const std::string& path, element value, std::size_t bytes_max);
  [[nodiscard]] std::int64_t integer(const std::string& path, element value, std::int64_t min, std::int64_t max);
  [[nodiscard]] token_price price(const std::string& path, element value);
  /// "YYYY-MM-DD" as Unix milliseconds of that day's start, UTC.
  [[nodiscard]] std::int64_t day(const std::string& path, element value);
  [[nodiscard]] match_rule rule(const std::string& path, element value);

private:
  [[nodiscard]] std::vector<match_clause> conjunction(const std::string& path, element value);
  [[nodiscard]] std::optional<match_clause> clause(const std::string& path, std::string_view key, element value);

  std::string file_name_;
  std::optional<error> failure_;
};

} // namespace inferenceflow::cost
