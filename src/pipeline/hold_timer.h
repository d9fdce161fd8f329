/// Judges the held beginning of a stream when its time is up, also while the model says nothing more.
///
/// Role:      ladder has one beside each call that it may hold back.
/// Lifecycle: made before the call; settled() is awaited after it, before anything it refers to is destroyed.
/// Threading: one event loop.
/// Bounds:    one time-out; fires at most two ticks of the loop's wheel late. Nothing has come by then: nothing
/// happens,
///            and the first piece is judged as it comes.
#pragma once

#include "net/cancel_scope.h"
#include "net/event_loop.h"
#include "net/task.h"
#include "net/wake_event.h"
#include "pipeline/relay.h"
#include "pipeline/screening.h"

#include <chrono>
#include <memory>

namespace inferenceflow::pipeline {

class hold_timer {
public:
  /// @param call  cancelled when what is held is not trusted. @param left  ≤ 0: it never fires.
  /// Lifetime: all references outlive settled().
  hold_timer(net::event_loop& loop, relay& stream, screening& screen, net::cancel_scope& call,
             std::chrono::milliseconds left);

  /// Completes when it neither sends nor will.
  [[nodiscard]] net::task<void> settled();

private:
  void expired();

  net::event_loop& loop_;
  relay& stream_;
  screening& screen_;
  net::cancel_scope& call_;
  std::shared_ptr<net::wake_event> sent_; ///< set at the end of what it sends; null = it sends nothing
  net::deadline due_;
};

} // namespace inferenceflow::pipeline
