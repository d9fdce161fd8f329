/// How a request's model is chosen: one block of settings that may stand in two places, and what is said of a model.
///
/// Role:      `routing` holds what is true everywhere, `routes[].routing` what differs for one public name; merged()
///            makes one of them.
/// Lifecycle: values.
/// Threading: immutable after loading.
/// Bounds:    those of the settings table; a value that is not said counts only in the outermost block.
#pragma once

#include <bitset>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace inferenceflow::config {

/// Keys that the block may have.
inline constexpr std::size_t k_routing_rows_max = 32;

/// In the order of routing::strategy.
enum class routing_strategy : std::uint8_t {
  in_order, ///< as the route's targets stand
  cost_optimal,
  latency_optimal,
  balanced
};

/// A cheap model's answer may be thrown away for a dearer one's.
struct escalation_settings {
  bool enabled = false;
  std::string file = {};                 ///< from `inferenceflow router trust`; absolute after loading; empty = none
  double risk_max = 0.05;                ///< share of wrong answers served that the dearer model would have got right
  double confidence_min = 0.0;           ///< answers below it escalate, whatever the rest says
  double wrong_usd = 0.0;                ///< what a wrong answer costs; 0 = the risk alone decides
  std::size_t samples = 1;               ///< answers of the cheap model that are compared
  std::size_t hold_tokens_max = 256;     ///< of a stream, until it must be trusted or not
  std::chrono::milliseconds hold{3'000}; ///< likewise
};

/// Another choice that is tried beside the one in force.
struct other_choice_settings {
  std::string file = {}; ///< router file; empty = that of the block
  routing_strategy strategy = routing_strategy::cost_optimal;
  double cost_weight = 0.5;
  double quality_min = 0.95;
  double score_percent = 0.0; ///< of the requests: decided by it too, nothing else
  double send_percent = 0.0;  ///< also sent there; the answer is compared and thrown away
  double serve_percent = 0.0; ///< served by it
};

struct routing_settings {
  routing_strategy strategy = routing_strategy::in_order;
  double cost_weight = 0.5;
  double quality_min = 0.95;          ///< of the best candidate's expected quality
  double quality_weight = 0.0;        ///< what a whole quality is worth, in costs of the best candidate
  std::string file = {};              ///< from `inferenceflow router train`; absolute after loading; empty = none
  std::vector<std::string> tags = {}; ///< all of which a candidate must have
  double budget_usd = 0.0;            ///< in each period, of one route; 0 = no bound
  std::chrono::seconds budget_period{24 * 3'600};
  bool learn = false;                          ///< from feedback, while serving
  double explore_percent = 2.0;                ///< of the requests, where it learns
  std::chrono::seconds forget{7 * 24 * 3'600}; ///< after which feedback counts half
  escalation_settings escalation = {};
  other_choice_settings other = {};

  std::bitset<k_routing_rows_max> said; ///< by row of its scope: which of these the file gives; not a key of the file
};

/// `below` with everything that `above` says.
[[nodiscard]] routing_settings merged(const routing_settings& below, const routing_settings& above);

/// What an operator says of a model, for those who choose.
struct model_traits {
  std::size_t context_tokens = 0;       ///< 0 = unknown
  std::vector<std::string> cannot = {}; ///< "tools", "images", "json_schema", "reasoning", "streaming", "logprobs"
  std::string tier = {};
  std::vector<std::string> tags = {};
  double quality = 0.0; ///< expected, where no router file knows better; 0 = unknown
};

} // namespace inferenceflow::config
