/// Which model of a route gets a request of the log.
///
/// Role:      the simulation asks it for each call that is made; the router of the gateway stands behind it where the
///            route has one.
/// Lifecycle: one per configuration: choose()* in order of time.
/// Threading: one thread.
/// Bounds:    none of its own.
#pragma once

#include "replay/asked.h"
#include "routing/route_table.h"

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <memory>
#include <vector>

namespace inferenceflow::replay {

/// A router's options as it saw them.
struct weighed_target {
  const routing::route* target = nullptr;
  double quality = -1; ///< expected; negative = nobody knows
};

struct chosen_model {
  const routing::route* target = nullptr; ///< never null after choose(); lives as long as the route
  bool judged = true;                     ///< false: there is a router, and it knows nothing of these models
  double quality = -1;                    ///< expected of `target`, [0, 1]; negative = nobody knows
  double direct_quality = -1;             ///< expected of the model that answered in the log
  std::int64_t output_tokens = 0;         ///< expected of `target`; 0 = as many as in the log
  std::vector<weighed_target> among = {}; ///< where a router chose
};

class model_choice {
public:
  virtual ~model_choice() = default;
  [[nodiscard]] virtual chosen_model choose(const asked& one, const routing::route& route) = 0;
};

/// The first target, or the weighted ones by turns: what a route without a router does while all are well.
class targets_in_turn final : public model_choice {
public:
  [[nodiscard]] chosen_model choose(const asked& one, const routing::route& route) override;

private:
  boost::unordered_flat_map<const routing::route*, std::vector<std::uint64_t>> given_; ///< requests per target
};

} // namespace inferenceflow::replay
