/// What was decided for one request, and why each candidate lost.
///
/// Role:      choose() makes it; the pipeline acts on it; `x-inferenceflow-route`, GET /v1/requests/{id}, POST
/// /v1/route
///            and the ledger show it.
/// Lifecycle: plain value.
/// Threading: value.
/// Bounds:    as many candidates as the route has targets.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace inferenceflow::routing {

/// What became of a candidate. From `context` on it cannot be asked at all.
enum class verdict : std::uint8_t {
  chosen,
  next,            ///< would do; asked when the better ones fail or are not trusted
  dearer,          ///< would do, and costs more than the chosen one
  slower,          ///< would do, and takes longer than the chosen one
  unknown_quality, ///< nobody has measured it: asked only when no measured one is left
  quality,         ///< predicted to be below what the route asks for: likewise
  context,         ///< the prompt does not fit
  tools,
  images,
  json_schema,
  reasoning,
  streaming,
  not_allowed, ///< not in the list of models that the request allows
  tags,        ///< lacks a tag that route or request ask for
  budget,      ///< costs more than the request or the route may spend
  latency,     ///< takes longer than the request allows
  unhealthy,   ///< breaker open, backend sick, all keys sitting out
};

/// "chosen", "next", "dearer", …
[[nodiscard]] std::string_view to_string(verdict why) noexcept;

/// Whether it cannot be asked, not even when all others fail.
[[nodiscard]] bool excluded(verdict why) noexcept;

struct scored {
  std::string provider = {};
  std::string model = {}; ///< as the provider calls it
  std::string tier = {};  ///< empty = none was given
  verdict why = verdict::next;
  std::string detail = {};         ///< the figure behind `why`, for people; may be empty
  double quality = -1;             ///< expectation in [0, 1]; -1 = unknown
  double cost_usd = -1;            ///< expectation; -1 = unknown
  double seconds = -1;             ///< expectation, whole answer; -1 = unknown
  double score = 0;                ///< the formula's value; lower is better; 0 for excluded ones
  std::uint32_t output_tokens = 0; ///< expectation behind cost and seconds
};

struct decision {
  std::string route = {};              ///< public name
  std::string strategy = {};           ///< "cost_optimal", "latency_optimal", "balanced"
  std::vector<scored> candidates = {}; ///< in the route's order
  std::vector<std::size_t> order = {}; ///< indices of those to ask, best first; empty = nobody can be asked
  int chosen = -1;                     ///< order.front(); -1 = none
  double propensity = 1;               ///< probability with which this one was chosen
  bool explored = false;               ///< chosen to learn, not because it scored best
  double complexity = 0;               ///< of the prompt, 0 to 1
  std::string predictor = {};          ///< who predicted the qualities; empty = nobody
};

} // namespace inferenceflow::routing
