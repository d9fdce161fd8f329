/// What each subcommand does.
///
/// Role:      main() calls one.
/// Lifecycle: free functions; each returns the process's exit status.
/// Threading: main thread.
/// Bounds:    none.
#pragma once

#include <string>

namespace inferenceflow::app {

/// Serves until SIGTERM or SIGINT. @param port_file  gets the port once it is bound; empty = none.
/// @returns 0 after an orderly end; 1 when the configuration is wrong or something could not be opened.
[[nodiscard]] int serve(const std::string& config_path, const std::string& port_file);

/// Prints every problem. @returns 0 when the file can be served, 1 otherwise.
[[nodiscard]] int check_config(const std::string& config_path);

/// Prints the table of settings as Markdown, or the defaults as YAML.
[[nodiscard]] int print_settings(bool as_yaml);

/// Prints the presets of providers as Markdown.
[[nodiscard]] int print_presets();

} // namespace inferenceflow::app
