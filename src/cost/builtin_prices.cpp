#include "cost/builtin_prices.h"

#include <cstddef>

// The assembler copies the file in: a string literal of this size breaks the compilers' limits, and an array of
// numbers takes them seconds.
__asm__(".pushsection .rodata\n"
        ".global iflow_prices_json_begin\n"
        ".global iflow_prices_json_end\n"
        "iflow_prices_json_begin:\n"
        ".incbin \"" IFLOW_PRICES_JSON "\"\n"
        "iflow_prices_json_end:\n"
        ".byte 0\n"
        ".popsection\n");

extern "C" {
extern const char iflow_prices_json_begin[];
extern const char iflow_prices_json_end[];
}

namespace inferenceflow::cost {

std::string_view builtin_prices() noexcept {
  return {iflow_prices_json_begin, static_cast<std::size_t>(iflow_prices_json_end - iflow_prices_json_begin)};
}

} // namespace inferenceflow::cost
