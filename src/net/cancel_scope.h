/// Tells the work of one request that nobody waits for it any more.
///
/// Role:      http/ cancels it when the client goes away or a deadline passes; net/ and providers/ register aborts.
/// Lifecycle: one per request, outlives every registration on it.
/// Threading: one event loop; not thread-safe.
/// Bounds:    at most one registered hook at a time per registration object; registrations nest as a stack.
#pragma once

#include <functional>
#include <utility>

namespace inferenceflow::net {

class cancel_scope {
public:
  /// Runs `abort` once if the scope is cancelled while this object lives; at once if it already was.
  class registration {
  public:
    registration(cancel_scope& scope, std::function<void()> abort)
        : scope_(scope)
        , abort_(std::move(abort))
        , previous_(std::exchange(scope.top_, this)) {
      if (scope_.cancelled_) {
        fire();
      }
    }
    ~registration() { scope_.top_ = previous_; }
    registration(const registration&) = delete;
    registration& operator=(const registration&) = delete;

  private:
    friend class cancel_scope;
    void fire() {
      if (auto abort = std::exchange(abort_, nullptr)) {
        abort();
      }
    }
    cancel_scope& scope_;
    std::function<void()> abort_;
    registration* previous_;
  };

  cancel_scope() = default;
  cancel_scope(const cancel_scope&) = delete;
  cancel_scope& operator=(const cancel_scope&) = delete;

  [[nodiscard]] bool cancelled() const noexcept { return cancelled_; }

  /// Idempotent. Runs the hooks that are registered, innermost first.
  void cancel() {
    if (std::exchange(cancelled_, true)) {
      return;
    }
    for (registration* hook = top_; hook != nullptr; hook = hook->previous_) {
      hook->fire();
    }
  }

private:
  bool cancelled_ = false;
  registration* top_ = nullptr;
};

} // namespace inferenceflow::net
