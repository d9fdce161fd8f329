/// What the handlers of one event loop share.
///
/// Role:      app/ fills one per loop; router and surfaces use it.
/// Lifecycle: outlives the loop's requests.
/// Threading: one event loop; what it points to is thread-safe or belongs to the loop.
/// Bounds:    blocking work goes to one small pool (offload), bounded by its queue.
#pragma once

#include "api/batch_desk.h"
#include "cache/tenant_secret.h"
#include "net/offload.h"
#include "pipeline/pipeline.h"
#include "pipeline/services.h"
#include "store/ledger.h"
#include "wire/openai/request_scan.h"

#include <atomic>
#include <functional>
#include <string>
#include <vector>

namespace inferenceflow::api {

/// State of one part of the process, for the health endpoints.
struct component_health {
  std::string name;   ///< "ledger", "local:<model>", "provider:<name>"
  std::string state;  ///< "ok", "loading", "unavailable", "disabled"
  std::string detail; ///< why, if not ok; no secrets
};

/// Hears of feedback that is on disk, each new word once: what was said, and the row of its request without body and
/// explanation. Called on the loop that took it; must not block.
using feedback_listener = std::function<void(const store::feedback& said, const store::ledger_row& row)>;

struct service {
  const pipeline::services& shared;
  pipeline::pipeline& life;
  net::offload& blocking;
  batch_desk& batches;
  wire::openai::request_scanner scanner;
  cache::tenant_secrets secrets;
  const std::atomic<bool>& draining;
  std::function<std::vector<component_health>()> health; ///< any thread; cheap
  steady_time started;
  wall_time started_wall;
  std::string version;
  feedback_listener on_feedback = {}; ///< none = nobody learns from it

  [[nodiscard]] const config::settings& settings() const { return *life.current()->settings; }
};

} // namespace inferenceflow::api
