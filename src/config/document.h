/// The settings table as text for people.
///
/// Role:      `inferenceflow settings` and the README's table; both come from config/setting_table.h.
/// Lifecycle: free functions.
/// Threading: reentrant.
/// Bounds:    fixed.
#pragma once

#include "config/settings.h"

#include <string>

namespace inferenceflow::config {

/// Markdown table: key, allowed values, default, environment name, when a change takes effect, meaning.
[[nodiscard]] std::string settings_markdown();

/// `value` as YAML that loads to the same settings, one comment per key. Secrets found while loading are not in it.
[[nodiscard]] std::string settings_yaml(const settings& value);

} // namespace inferenceflow::config
