/// What the router did for a request, as the ledger keeps it.
///
/// Role:      pipeline/ fills one at settle; api/, replay and off-policy reports read it.
/// Lifecycle: plain value.
/// Threading: value.
/// Bounds:    `explanation` of k_explanation_bytes_max, beyond which it is left out; the rest is as long as the names
/// of
///            a configuration.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace inferenceflow::store {

inline constexpr std::size_t k_explanation_bytes_max = 64U << 10U;

/// Whose answer a row is.
enum class routed_role : std::uint8_t {
  main,   ///< the client's, by the choice in force
  shadow, ///< nobody's: asked beside, to be compared; find() never gives it back
  canary, ///< the client's, by the choice that is tried out
};
/// "main", "shadow", "canary".
[[nodiscard]] std::string_view to_string(routed_role role) noexcept;
/// @returns main for a name that is none of them.
[[nodiscard]] routed_role routed_role_named(std::string_view name) noexcept;

struct routed_part {
  routed_role role = routed_role::main;
  std::string strategy = {}; ///< "cost_optimal", …
  std::string tier = {};     ///< of the model that answered; empty if it is in none
  std::string chosen = {};   ///< "provider/model" of the first choice; after an escalation another one answered
  double propensity = 1;     ///< probability with which it was chosen, 0 … 1
  bool explored = false;     ///< chosen to learn, not because it was best
  std::optional<double> quality = {};    ///< as predicted for `chosen`, 0 … 1
  std::optional<double> confidence = {}; ///< in the answer that was given, 0 … 1
  std::uint32_t escalations = 0;         ///< how often another model was asked because an answer was not trusted
  double complexity = 0;                 ///< of the prompt, 0 … 1
  std::string explanation = {};          ///< a JSON object, all candidates with their scores; empty = none is kept
};

} // namespace inferenceflow::store
