/// What a request's route wants of the provider's prompt cache.
///
/// Role:      providers/provider.h carries it with each call.
/// Lifecycle: plain value; the view lives as long as the call.
/// Threading: value.
/// Bounds:    none.
#pragma once

#include <cstdint>
#include <string_view>

namespace inferenceflow::prompt_cache {

/// In the order of the words in the settings table.
enum class mode : std::uint8_t {
  off,     ///< nothing is read or decided
  observe, ///< decided and counted, but the request goes out as it is
  on,      ///< marks or a cache key are put into the request
};

struct wish {
  mode wanted = mode::off;
  std::string_view tenant = {}; ///< prompts of tenants are told apart
};

} // namespace inferenceflow::prompt_cache
