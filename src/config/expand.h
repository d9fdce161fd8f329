/// ${NAME} in text values.
///
/// Role:      the loader expands every text value of the file, and defaults that hold a variable.
/// Lifecycle: one per load.
/// Threading: one thread.
/// Bounds:    k_expanded_bytes_max per value, k_expand_depth_max nested defaults.
#pragma once

#include "base/error.h"

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace inferenceflow::config {

/// Looks up one environment variable; nullopt when it is not set.
using environment = std::function<std::optional<std::string>(std::string_view)>;

inline constexpr std::size_t k_expanded_bytes_max = 64U << 10U;
inline constexpr int k_expand_depth_max = 8;

/// Replaces ${NAME} by the variable's value and ${NAME:-other} by `other`, itself expanded, when the variable is unset
/// or empty. `$${` stands for a literal `${`. INFERENCEFLOW_HOME, unset, is ${XDG_CACHE_HOME:-~/.cache}/inferenceflow.
/// @returns invalid_request naming the variable that is not set, or the malformed reference.
[[nodiscard]] result<std::string> expand(std::string_view text, const environment& env);

} // namespace inferenceflow::config
