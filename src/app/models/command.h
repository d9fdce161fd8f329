/// `inferenceflow models …`, each subcommand a function that says on standard output and error what it did.
///
/// Role:      app/model_commands gives them what the command line said.
/// Lifecycle: one call per process.
/// Threading: main thread; pull runs an event loop of its own until it is done.
/// Bounds:    those of download.h and catalog.h.
#pragma once

#include <string>

namespace inferenceflow::app::models {

/// Exit statuses.
inline constexpr int k_done = 0;
inline constexpr int k_failed = 1;  ///< it was tried and went wrong
inline constexpr int k_refused = 2; ///< nothing was changed: what was asked is wrong
inline constexpr int k_interrupted = 130;

struct command_options {
  std::string config_path;
  bool config_named = false; ///< by the user: then it must be there
  std::string folder;        ///< empty = $INFERENCEFLOW_HOME/models
};

struct pull_options {
  std::string source;
  std::string file_name;
  std::string sha256;
  std::string ca_file;
  bool force = false; ///< replace the file
};

/// @returns an exit status.
[[nodiscard]] int list(const command_options& options, bool as_json);
[[nodiscard]] int pull(const command_options& options, const pull_options& wanted);
/// @param name  of a configured model, or of a file in the folder.
/// @param force  also what the configuration names.
[[nodiscard]] int remove(const command_options& options, const std::string& name, bool force);

} // namespace inferenceflow::app::models
