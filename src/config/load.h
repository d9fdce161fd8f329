/// Reads the YAML file and the environment into `settings`, reporting everything that is wrong at once.
///
/// Role:      app/ loads at start and at SIGHUP; `check-config` prints the problems.
/// Lifecycle: free functions; no state.
/// Threading: reentrant. load_settings() blocks on files: not for event loops.
/// Bounds:    k_config_bytes_max per file, k_yaml_depth_max, k_yaml_nodes_max (aliases counted once per use),
///            k_problems_max problems reported.
/// Source:    YAML 1.2.2; the settings table (config/setting_table.h) says which keys exist.
#pragma once

#include "config/settings.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace inferenceflow::config {

inline constexpr std::size_t k_config_bytes_max = 1U << 20U;
inline constexpr std::size_t k_yaml_depth_max = 32;
inline constexpr std::size_t k_yaml_nodes_max = 20'000;
inline constexpr std::size_t k_problems_max = 100;

/// Looks up one environment variable; nullopt when it is not set.
using environment = std::function<std::optional<std::string>(std::string_view)>;

/// The environment of this process.
[[nodiscard]] environment process_environment();

enum class severity : std::uint8_t { warning, error };

/// One thing that is wrong, and what would be right.
struct problem {
  severity level = severity::error;
  std::string where;    ///< "file:line:column", "environment", or the file alone
  std::size_t line = 0; ///< 1-based; 0 when the problem has no place in the file
  std::size_t column = 0;
  std::string key;     ///< key path, e.g. "providers[1].base_url", or the environment variable
  std::string value;   ///< as written, cut to 80 bytes, secrets masked; empty if there is none
  std::string message; ///< what is wrong
  std::string allowed; ///< what would be right; may be empty
};

/// "config.yaml:3:9: error: server.port: 70000: out of range (allowed: 0 to 65535)"
[[nodiscard]] std::string to_string(const problem& found);

/// What loading gave. `value` is complete and usable exactly when ok().
struct load_outcome {
  settings value;
  std::vector<problem> problems; ///< in order of line
  [[nodiscard]] bool ok() const;
};

/// Loads `path`. The environment wins over the file. An empty file gives the defaults.
/// @param path  YAML file; relative file names in it are relative to its folder.
/// @param env   copied during the call only.
/// Never throws; an unreadable file is a problem.
[[nodiscard]] load_outcome load_settings(const std::string& path, const environment& env);

/// Same, from text in memory. Never throws, whatever the text. Reads api_key_file only, and only when `read_file` is
/// set.
/// @param name     shown in problems as the file's name.
/// @param folder   what relative file names are relative to.
/// @param read_file  gives the content of a file, or nullopt; empty function = no file is read.
using file_reader = std::function<std::optional<std::string>(const std::string& path)>;
[[nodiscard]] load_outcome load_settings_from_text(std::string_view text, const std::string& name,
                                                   const std::string& folder, const environment& env,
                                                   const file_reader& read_file = {});

/// What a reload would change.
struct settings_difference {
  std::vector<std::string> live;          ///< keys applied at once
  std::vector<std::string> needs_restart; ///< keys that keep their old value until the process restarts
  [[nodiscard]] bool empty() const { return live.empty() && needs_restart.empty(); }
};

/// Compares two loaded settings by the table. List entries are compared by name.
[[nodiscard]] settings_difference diff(const settings& before, const settings& after);

} // namespace inferenceflow::config
