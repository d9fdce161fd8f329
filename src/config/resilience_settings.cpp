#include "config/resilience_settings.h"

#include "config/setting_rows.h"
#include "config/value.h"

#include <algorithm>
#include <type_traits>
#include <variant>
#include <xxhash.h>

namespace inferenceflow::config {

namespace {

void copy_value(const value_ref& from, const value_ref& to) {
  std::visit(
      [&to](auto source) {
        const auto target = std::get<decltype(source)>(to);
        if constexpr (std::is_same_v<decltype(source), word_ref>) {
          *target.index = *source.index;
        } else {
          *target = *source;
        }
      },
      from);
}

} // namespace

resilience_settings merged(const resilience_settings& below, const resilience_settings& above) {
  resilience_settings one = below;
  resilience_settings from = above;
  const auto rows = rows::k_resilience_scope.settings;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (above.said[i]) {
      copy_value(rows[i].at(&from), rows[i].at(&one));
    }
  }
  one.said |= above.said;
  return one;
}

std::uint64_t fingerprint(const resilience_settings& values, std::initializer_list<std::string_view> prefixes) {
  resilience_settings copy = values;
  std::string text;
  for (const setting& row : rows::k_resilience_scope.settings) {
    const auto begins = [&row](std::string_view prefix) { return row.key.starts_with(prefix); };
    if (std::any_of(prefixes.begin(), prefixes.end(), begins)) {
      text.append(format_value(row, &copy)).push_back('\n');
    }
  }
  return XXH3_64bits(text.data(), text.size());
}

} // namespace inferenceflow::config
