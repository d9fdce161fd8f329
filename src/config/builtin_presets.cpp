#include "config/builtin_presets.h"

#include <cstddef>

// The assembler copies the file in, as with the prices (cost/builtin_prices.cpp).
__asm__(".pushsection .rodata\n"
        ".global iflow_presets_yaml_begin\n"
        ".global iflow_presets_yaml_end\n"
        "iflow_presets_yaml_begin:\n"
        ".incbin \"" IFLOW_PRESETS_YAML "\"\n"
        "iflow_presets_yaml_end:\n"
        ".byte 0\n"
        ".popsection\n");

extern "C" {
extern const char iflow_presets_yaml_begin[];
extern const char iflow_presets_yaml_end[];
}

namespace inferenceflow::config {

std::string_view builtin_presets() noexcept {
  return {iflow_presets_yaml_begin, static_cast<std::size_t>(iflow_presets_yaml_end - iflow_presets_yaml_begin)};
}

} // namespace inferenceflow::config
