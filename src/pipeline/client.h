/// Who waits for the answer of one request, and how it shows that it no longer does.
///
/// Role:      surfaces hand one to pipeline::run(); the stages ask it whether anybody is still there.
/// Lifecycle: value; what it refers to outlives the request.
/// Threading: one event loop.
/// Bounds:    none.
#pragma once

#include "http/exchange.h"
#include "net/cancel_scope.h"

namespace inferenceflow::pipeline {

class client {
public:
  /// Somebody behind a connection of its own.
  // NOLINTNEXTLINE(google-explicit-constructor): every surface of one request per exchange passes its exchange
  client(http::exchange& connection)
      : scope_(&connection.scope())
      , connection_(&connection) {}
  /// One item among several: whoever owns `scope` cancels it.
  explicit client(net::cancel_scope& scope)
      : scope_(&scope) {}

  /// Cancelled when nobody waits any more.
  [[nodiscard]] net::cancel_scope& scope() const noexcept { return *scope_; }
  /// From now on notices when the connection, if there is one, is closed.
  void watch_client() const {
    if (connection_ != nullptr) {
      connection_->watch_client();
    }
  }

private:
  net::cancel_scope* scope_;
  http::exchange* connection_ = nullptr;
};

} // namespace inferenceflow::pipeline
