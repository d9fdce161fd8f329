/// What a reload would change, and whether it needs a restart.
///
/// Role:      app/ logs it at SIGHUP and applies the live part.
/// Lifecycle: free function.
/// Threading: reentrant.
/// Bounds:    one line per changed key.
#pragma once

#include "config/settings.h"

#include <string>
#include <vector>

namespace inferenceflow::config {

struct settings_difference {
  std::vector<std::string> live;          ///< keys applied at once
  std::vector<std::string> needs_restart; ///< keys that keep their old value until the process restarts
  [[nodiscard]] bool empty() const { return live.empty() && needs_restart.empty(); }
};

/// Compares two loaded settings by the table. Entries of lists are matched by their first key (the name), so
/// "providers[openai].base_url" names one change; an entry that came or went is "providers[openai]".
[[nodiscard]] settings_difference diff(const settings& before, const settings& after);

} // namespace inferenceflow::config
