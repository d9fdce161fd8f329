/// Reads the YAML file and the environment into `settings`, reporting everything that is wrong at once.
///
/// Role:      app/ loads at start and at SIGHUP; `check-config` prints the problems.
/// Lifecycle: free functions; no state.
/// Threading: reentrant. load_settings() blocks on files: not for event loops.
/// Bounds:    k_config_bytes_max per file, k_key_file_bytes_max per key file, k_secret_bytes_max and k_keys_max for the
/// keys, those of yaml_tree.h and problem.h. Source:    YAML 1.2.2; the settings table (config/setting_table.h) says
/// which keys exist.
#pragma once

#include "config/expand.h"
#include "config/problem.h"
#include "config/settings.h"

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace inferenceflow::config {

inline constexpr std::size_t k_config_bytes_max = 1U << 20U;
inline constexpr std::size_t k_secret_bytes_max = 8U << 10U; ///< one key
inline constexpr std::size_t k_key_file_bytes_max = 64U << 10U;
inline constexpr std::size_t k_keys_max = 64; ///< keys of one provider

/// The environment of this process.
[[nodiscard]] environment process_environment();

/// Gives the content of a file of at most `bytes_max` bytes, or nullopt when it cannot be read or is longer.
using file_reader = std::function<std::optional<std::string>(const std::string& path, std::size_t bytes_max)>;

/// Reads files of this machine.
[[nodiscard]] file_reader disk_files();

/// What loading gave. `value` is complete and usable exactly when ok().
struct load_outcome {
  settings value;
  std::vector<problem> problems; ///< in order of line; warnings do not stop anything
  [[nodiscard]] bool ok() const;
};

/// Loads `path`. The environment wins over the file. An empty file gives the defaults.
/// @param path  YAML file; relative file names in it are relative to its folder.
/// @param env   used during the call only.
/// Never throws; an unreadable file is a problem.
[[nodiscard]] load_outcome load_settings(const std::string& path, const environment& env);

/// Same, from text in memory. Never throws, whatever the text.
/// @param name    shown in problems as the file's name.
/// @param folder  what relative file names are relative to; empty leaves them alone.
/// @param files   reads api_key_file and presets_file; empty = no file is read and such providers are disabled.
[[nodiscard]] load_outcome load_settings_from_text(std::string_view text, const std::string& name,
                                                   const std::string& folder, const environment& env,
                                                   const file_reader& files = {});

} // namespace inferenceflow::config
