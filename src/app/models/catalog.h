/// The models of this machine: what the configuration names, and what lies in the model folder.
///
/// Role:      the list command shows it; rm asks it whether somebody needs a file.
/// Lifecycle: free functions over values.
/// Threading: reentrant; blocks on the disk.
/// Bounds:    k_files_max files of the folder.
#pragma once

#include "config/settings.h"
#include "engine/model_card.h"
#include "engine/model_config.h"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace inferenceflow::app::models {

inline constexpr std::size_t k_files_max = 4'096;

/// What the engine is told of a configured model.
[[nodiscard]] engine::model_config engine_config(const config::local_settings& settings,
                                                 const config::local_model_settings& model);

enum class file_state : std::uint8_t {
  configured, ///< served by who uses this configuration
  unused,     ///< in the folder; the configuration does not name it
  unfinished, ///< of a pull that did not come to its end
  missing,    ///< configured, and not there
  damaged,    ///< there, and no model
  too_large,  ///< configured, and larger than local.bytes_max
};
[[nodiscard]] std::string_view to_string(file_state state);

struct catalog_entry {
  std::string name; ///< the public name; empty for what is not configured
  std::filesystem::path file;
  file_state state = file_state::unused;
  std::string kind;    ///< "chat", "embedding"; empty for what is not configured
  std::string problem; ///< why it is missing, damaged or too large
  engine::model_card card;
  std::optional<std::uint64_t> memory_bytes; ///< as estimated for its configuration
};

/// @param local   of the configuration; models may be empty.
/// @param folder  need not exist.
/// @returns configured models in their order, then what else lies in the folder, by name.
[[nodiscard]] std::vector<catalog_entry> catalog_of(const config::local_settings& local,
                                                    const std::filesystem::path& folder);

/// As a table for people. Every line ends with a newline.
[[nodiscard]] std::string catalog_table(const std::vector<catalog_entry>& entries);
/// As a JSON array, one object per model, for programs.
[[nodiscard]] std::string catalog_json(const std::vector<catalog_entry>& entries);

} // namespace inferenceflow::app::models
