/// The known key that a mistyped one most likely meant.
///
/// Role:      the loader's message for an unknown key.
/// Lifecycle: free functions.
/// Threading: reentrant.
/// Bounds:    words longer than k_suggest_bytes_max are not compared.
/// Source:    Levenshtein, Soviet Physics Doklady 10(8), 1966; row-by-row form of Wagner and Fischer, JACM 21(1), 1974.
#pragma once

#include "config/setting_table.h"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace inferenceflow::config {

inline constexpr std::size_t k_suggest_bytes_max = 64;

/// Insertions, deletions and replacements that turn `a` into `b`.
[[nodiscard]] std::size_t edit_distance(std::string_view a, std::string_view b);

/// Names that may stand right below `inner` (a key prefix with a trailing dot, or empty) of `scope`.
[[nodiscard]] std::vector<std::string> keys_at(const setting_scope& scope, std::string_view inner);

/// The word of `known` that is nearest to `word`; empty when none is near.
[[nodiscard]] std::string nearest_word(std::string_view word, const std::vector<std::string>& known);

/// The nearest name at that place, else the full key elsewhere in the scope that ends in `word`; empty when nothing is
/// near.
[[nodiscard]] std::string nearest_key(std::string_view word, const setting_scope& scope, std::string_view inner);

} // namespace inferenceflow::config
