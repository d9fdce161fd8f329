/// Rules that say which model names (or provider names) an entry of the price table stands for.
///
/// Role:      price_file reads them, price_table applies them.
/// Lifecycle: plain values.
/// Threading: value; no shared state.
/// Bounds:    as the file that they come from.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace inferenceflow::cost {

enum class match_kind : std::uint8_t {
  equals,
  starts_with,
  ends_with,
  contains,
  pattern, ///< '#' is one digit, a final '*' any rest, everything else itself; the whole text must match
};

struct match_clause {
  match_kind kind = match_kind::equals;
  std::string text; ///< lower case
};

/// Alternatives of conjunctions: matches when every clause of at least one alternative does.
using match_rule = std::vector<std::vector<match_clause>>;

/// @param lower_text  name in lower case.
[[nodiscard]] bool matches(const match_clause& clause, std::string_view lower_text) noexcept;
[[nodiscard]] bool matches(const match_rule& rule, std::string_view lower_text) noexcept;

/// True when `url` (scheme optional) lies under `api`, a lower-case `host/path` prefix in which '*' stands for any
/// characters within the host; a leading "*." also stands for no subdomain at all.
[[nodiscard]] bool is_under_api(std::string_view url, std::string_view api);

/// ASCII lower case.
[[nodiscard]] std::string to_lower(std::string_view text);

} // namespace inferenceflow::cost
