/// The lines of one configuration.
///
/// Role:      pipeline/ looks up the line of each request's route.
/// Lifecycle: one per configuration, shared by all loops; its lines end with the last request on them.
/// Threading: of() is thread-safe.
/// Bounds:    one line per configured name; k_open_lines_max for names that only a provider's any_model knows, beyond
///            which such a name gets machines of its own for each request.
#pragma once

#include "dispatch/line.h"
#include "dispatch/switchboard.h"

#include <cstdint>
#include <memory>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace inferenceflow::dispatch {

class line_table {
public:
  static constexpr std::size_t k_open_lines_max = 4'096;

  /// @param board  outlives the table and every line.
  line_table(switchboard& board, std::shared_ptr<const config::settings> settings, const routing::route_table& routes);

  /// @param route  of this configuration's route table.
  [[nodiscard]] std::shared_ptr<line> of(const std::shared_ptr<const routing::route>& route);

  /// A copy of what there is to see, for metrics.
  struct backend_view {
    std::string provider;
    bool sick = false;
    std::size_t places = 0;
    std::size_t in_flight = 0;
    std::size_t waiting = 0;
  };
  struct target_view {
    std::string provider;
    std::string model;
    resilience::breaker_state breaker = resilience::breaker_state::closed;
  };
  [[nodiscard]] std::vector<backend_view> backends() const;
  [[nodiscard]] std::vector<target_view> targets(steady_time now) const;

  /// Backends whose probe is due at `now`, each marked as being probed until probed() is told.
  [[nodiscard]] std::vector<std::shared_ptr<backend_state>> take_due_probes(steady_time now);
  /// @returns whether this probe made a sick backend well.
  bool probed(backend_state& backend, bool good, steady_time now);

private:
  void note(const line& made);

  switchboard& board_;
  std::shared_ptr<const config::settings> settings_;
  std::unordered_map<const routing::route*, std::shared_ptr<line>> fixed_; ///< immutable after construction
  std::unordered_map<std::uint64_t, std::shared_ptr<line>>
      open_;                                             ///< by identity; guarded by the board, as is what follows
  std::vector<std::shared_ptr<target_state>> targets_;   ///< each once, though many lines lead there
  std::vector<std::shared_ptr<backend_state>> backends_; ///< likewise
  std::unordered_set<const void*> seen_;
};

} // namespace inferenceflow::dispatch
