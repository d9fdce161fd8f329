/// Names of entries as keys of Redis, readable by whoever looks with redis-cli.
///
/// Role:      redis_tier.
/// Lifecycle: pure functions.
/// Threading: reentrant.
/// Bounds:    none.
#pragma once

#include "cache/tenant_secret.h"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace inferenceflow::store::redis_tier {

/// What all keys of entries begin with.
[[nodiscard]] inline std::string key_prefix(std::string_view prefix) {
  return std::string{prefix}.append("e:");
}

[[nodiscard]] inline std::string key_of(std::string_view prefix, const cache::entry_name& name) {
  return key_prefix(prefix).append(cache::to_hex(name));
}

/// @returns nullopt for keys that key_of() does not make: somebody else's.
[[nodiscard]] inline std::optional<cache::entry_name> name_of(std::string_view prefix, std::string_view key) {
  cache::entry_name name{};
  const std::string start = key_prefix(prefix);
  if (!key.starts_with(start) || key.size() != start.size() + 2 * name.size()) {
    return std::nullopt;
  }
  const std::string_view digits = key.substr(start.size());
  for (std::size_t i = 0; i < digits.size(); ++i) {
    const char c = digits[i];
    const bool decimal = c >= '0' && c <= '9';
    if (!decimal && (c < 'a' || c > 'f')) {
      return std::nullopt;
    }
    const int value = decimal ? c - '0' : c - 'a' + 10;
    name[i / 2] = static_cast<unsigned char>(i % 2 == 0 ? value << 4 : name[i / 2] | value);
  }
  return name;
}

} // namespace inferenceflow::store::redis_tier
