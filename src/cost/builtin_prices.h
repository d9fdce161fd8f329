/// The price facts that are built into the binary: data/prices.json as it was at build time.
#pragma once

#include <string_view>

namespace inferenceflow::cost {

/// JSON text. Lifetime: static.
[[nodiscard]] std::string_view builtin_prices() noexcept;

} // namespace inferenceflow::cost
