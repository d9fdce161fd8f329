/// Where `make models` puts what it fetches.
///
/// Role:      the default of a benchmark's --model.
/// Lifecycle: free function.
/// Threading: reads the environment: before threads start.
/// Bounds:    none.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>
#include <string_view>

namespace inferenceflow::bench {

/// Path of `file` among the fetched models: below INFERENCEFLOW_HOME, else the user's cache folder. May not exist.
[[nodiscard]] inline std::string default_model(std::string_view file) {
  const auto variable = [](const char* name) {
    const char* value = std::getenv(name);
    return std::filesystem::path(value == nullptr ? "" : value);
  };
  auto home = variable("INFERENCEFLOW_HOME");
  if (home.empty()) {
    const auto cache = variable("XDG_CACHE_HOME");
    home = (cache.empty() ? variable("HOME") / ".cache" : cache) / "inferenceflow";
  }
  return (home / "models" / file).string();
}

} // namespace inferenceflow::bench
