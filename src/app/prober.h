/// Asks backends whether they live, when nobody's request does.
///
/// Role:      one loop of the process runs it; health in resilience/ says when and learns from the answers.
/// Lifecycle: start() on the loop's thread or before it runs → ends with the loop.
/// Threading: one event loop; what it learns goes through the switchboard's mutex.
/// Bounds:    one probe at a time per backend, each within the provider's connect and first-byte time-outs.
#pragma once

#include "net/event_loop.h"
#include "net/task.h"
#include "pipeline/pipeline.h"
#include "telemetry/log.h"

namespace inferenceflow::app {

class prober {
public:
  /// How often the due times are looked at.
  static constexpr std::chrono::milliseconds k_tick{200};

  /// All must outlive the loop.
  prober(net::event_loop& loop, const pipeline::pipeline& running, const clock_source& clock, telemetry::logger& log)
      : loop_(loop)
      , running_(running)
      , clock_(clock)
      , log_(log) {}

  void start();

private:
  [[nodiscard]] net::task<void> tick();
  [[nodiscard]] net::task<void> probe(std::shared_ptr<const pipeline::generation> now,
                                      std::shared_ptr<dispatch::backend_state> backend);

  net::event_loop& loop_;
  const pipeline::pipeline& running_;
  const clock_source& clock_;
  telemetry::logger& log_;
};

} // namespace inferenceflow::app
