/// Closed sets of label values.
///
/// Role:      metrics, logs and the ledger speak of operations and cache states by these names.
/// Lifecycle: enums.
/// Threading: none.
/// Bounds:    k_operations, k_cache_states, k_status_classes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace inferenceflow::telemetry {

/// Most values of a label that the configuration fills (provider, model), "other" included.
inline constexpr std::size_t k_label_values_max = 200;

/// What a client asked for; the label `operation`. The first five reach a model.
enum class operation : std::uint8_t {
  chat,
  completions,
  embeddings,
  inference,
  generate,
  models,
  health,
  metrics,
  cache,
  docs,
  other
};
inline constexpr std::size_t k_operations = 11;
inline constexpr std::size_t k_model_operations = 5;

/// How the cache took part; the label `cache`.
enum class cache_state : std::uint8_t { none, hit, miss, coalesced, bypass };
inline constexpr std::size_t k_cache_states = 5;

/// The label `status`: 1xx and 2xx, 3xx, 4xx, 5xx, and 499 by itself.
enum class status_class : std::uint8_t { success, redirect, client_error, server_error, cancelled };
inline constexpr std::size_t k_status_classes = 5;

[[nodiscard]] std::string_view to_string(operation value) noexcept;
[[nodiscard]] std::string_view to_string(cache_state value) noexcept;
/// "2xx", "3xx", "4xx", "5xx", "cancelled".
[[nodiscard]] std::string_view to_string(status_class value) noexcept;

/// @param status  HTTP status; values outside 100 to 599 count as server errors.
[[nodiscard]] status_class class_of(int status) noexcept;

} // namespace inferenceflow::telemetry
