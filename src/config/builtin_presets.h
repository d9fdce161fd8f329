/// The presets that are built into the binary: data/presets.yaml as it was at build time.
#pragma once

#include <string_view>

namespace inferenceflow::config {

/// YAML text. Lifetime: static.
[[nodiscard]] std::string_view builtin_presets() noexcept;

} // namespace inferenceflow::config
