/// Which entries an operator means: by pattern, model, tenant and tag, all of those given at once.
///
/// Role:      `DELETE /v1/cache` erases by it, in every tier and every replica.
/// Lifecycle: plain value.
/// Threading: value; no shared state.
/// Bounds:    k_filter_field_bytes_max per field when it is read from bytes.
#pragma once

#include "cache/cache_key.h"
#include "cache/entry_tags.h"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace inferenceflow::cache {

inline constexpr std::size_t k_filter_field_bytes_max = 1'024;

/// An empty field allows everything.
struct entry_filter {
  std::string glob = {};   ///< over the label `tenant/operation/model/key-hex`, with `*` and `?`
  std::string model = {};  ///< exactly
  std::string tenant = {}; ///< exactly
  std::string tag = {};    ///< one of the entry's
  friend bool operator==(const entry_filter&, const entry_filter&) = default;

  /// True when nothing is asked for, and so everything is meant.
  [[nodiscard]] bool empty() const { return glob.empty() && model.empty() && tenant.empty() && tag.empty(); }
};

/// What a filter looks at; refers to the entry's own texts.
struct entry_traits {
  const cache_key& key;
  std::string_view tenant;
  std::string_view operation;
  std::string_view model;
  const entry_tags& tags;
};

[[nodiscard]] bool matches(const entry_filter& filter, const entry_traits& entry);

/// For other replicas: the same on every machine.
[[nodiscard]] std::string to_bytes(const entry_filter& filter);
/// @returns nullopt for bytes that to_bytes() does not make: malformed, of another format, a field beyond its bound.
[[nodiscard]] std::optional<entry_filter> filter_from_bytes(std::string_view bytes);

} // namespace inferenceflow::cache
