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
enum class cache_state : std::uint8_t { none, hit, miss, coalesced, bypass, semantic };
inline constexpr std::size_t k_cache_states = 6;

/// The label `status`: 1xx and 2xx, 3xx, 4xx, 5xx, and 499 by itself.
enum class status_class : std::uint8_t { success, redirect, client_error, server_error, cancelled };
inline constexpr std::size_t k_status_classes = 5;

/// What became of a request that might have been answered by meaning; the label `outcome`.
enum class semantic_outcome : std::uint8_t {
  hit,      ///< got the answer to another question
  followed, ///< waited for the answer that another question is getting
  audited,  ///< could have had an answer, and was asked all the same to see whether it is still right
  explored, ///< had a candidate that is not known to be right; its own answer tells
  miss,     ///< nothing near enough
  skipped   ///< not looked up
};
inline constexpr std::size_t k_semantic_outcomes = 6;

/// Whether a kept answer says what a fresh one says; the label `verdict`.
enum class semantic_verdict : std::uint8_t { right, wrong, unknown };
inline constexpr std::size_t k_semantic_verdicts = 3;

/// The label `tier`: names of cache::second_tier.
inline constexpr std::string_view k_cache_tiers[] = {"file", "redis"};

/// The label `outcome` of a lookup in a tier. rejected: an entry that is damaged or sealed by somebody else.
enum class tier_outcome : std::uint8_t { hit, miss, rejected };
inline constexpr std::size_t k_tier_outcomes = 3;

/// The label `reason`: names of turn::unsuited, and what else keeps a request from being looked up.
inline constexpr std::string_view k_semantic_skip_reasons[] = {
    "malformed", "embedding",       "not_user",        "tool_result",  "not_text",   "blank", "too_long",
    "separator", "token_ids",       "several_choices", "logprobs",     "prediction", "echo",  "several_prompts",
    "cut",       "embedder_failed", "other_output",    "server_state", "no_embedder"};

/// The label `kind`: names of semantic::differs.
inline constexpr std::string_view k_semantic_veto_kinds[] = {
    "numbers",   "number_added", "units", "dates",    "names",    "name_added", "negation",
    "opposites", "contrast",     "order", "tense",    "modality", "question",   "quantity",
    "modifier",  "substitution", "code",  "language", "person",   "unread",     "foreign"};

[[nodiscard]] std::string_view to_string(semantic_outcome value) noexcept;
[[nodiscard]] std::string_view to_string(semantic_verdict value) noexcept;
[[nodiscard]] std::string_view to_string(tier_outcome value) noexcept;
[[nodiscard]] std::string_view to_string(operation value) noexcept;
[[nodiscard]] std::string_view to_string(cache_state value) noexcept;
/// "2xx", "3xx", "4xx", "5xx", "cancelled".
[[nodiscard]] std::string_view to_string(status_class value) noexcept;

/// @param status  HTTP status; values outside 100 to 599 count as server errors.
[[nodiscard]] status_class class_of(int status) noexcept;

} // namespace inferenceflow::telemetry
