/// What is known of providers by name, so that a configuration need not say it again.
///
/// Role:      a step of the loader, before the environment and the checks; `inferenceflow presets` prints them.
/// Lifecycle: read_presets() → presets live as long as the load.
/// Threading: values.
/// Bounds:    k_presets_max per file; each as an entry under providers.
/// Source:    data/presets.yaml, which names the source of each fact.
#pragma once

#include "config/bind.h"
#include "config/load.h"

#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace inferenceflow::config {

inline constexpr std::size_t k_presets_max = 1'000;

struct preset {
  provider_settings value;
  std::set<std::string> given; ///< the keys that it says
};

/// Reads a presets file. What is wrong in it becomes problems of `problems`.
[[nodiscard]] std::vector<preset> read_presets(std::string_view text, const environment& env, problem_log& problems);

/// Fills each provider that names a preset with what it does not say itself: first those of target.presets_file, then
/// the built-in ones. An unknown name is an error that names the nearest.
/// @param file_problems  what is wrong in target.presets_file is added here, with its name as the source.
void apply_presets(settings& target, const key_places& places, const environment& env, const file_reader& files,
                   problem_log& problems, std::vector<problem>& file_problems);

/// The built-in presets as a Markdown table.
[[nodiscard]] std::string presets_markdown();

} // namespace inferenceflow::config
