#include "config/resilience_settings.h"

#include "config/setting_block.h"
#include "config/setting_rows.h"
#include "config/value.h"

#include <algorithm>
#include <xxhash.h>

namespace inferenceflow::config {

resilience_settings merged(const resilience_settings& below, const resilience_settings& above) {
  return merged_by(rows::k_resilience_scope, below, above);
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
