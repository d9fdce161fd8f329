/// The life of one request, in order: route → cache → coalesce → attempt → relay → settle.
///
/// Role:      api/ hands every inference request to run(); nothing else calls providers.
/// Lifecycle: one per event loop; outlives the loop's requests. adopt() at start and at each reload.
/// Threading: one event loop.
/// Bounds:    those of cache, in-flight table, providers and ledger; the pipeline keeps nothing of its own.
/// Source:    docs/life_of_a_request.md follows one request through these files.
#pragma once

#include "pipeline/client.h"
#include "pipeline/loop_state.h"
#include "pipeline/reply.h"
#include "pipeline/request.h"
#include "pipeline/route_choice.h"
#include "pipeline/services.h"

#include <memory>

namespace inferenceflow::pipeline {

class pipeline {
public:
  /// @param seed  of this loop's draws.
  pipeline(const services& shared, net::event_loop& loop, std::uint64_t seed)
      : shared_(shared)
      , loop_(loop)
      , state_{.scanner = {},
               .secrets = cache::tenant_secrets{shared.master},
               .random = resilience::random_stream{seed}} {}

  /// Requests from now on see `next`; those in flight keep what they began with.
  void adopt(std::shared_ptr<const generation> next) { current_ = std::move(next); }
  [[nodiscard]] const std::shared_ptr<const generation>& current() const noexcept { return current_; }

  /// Answers `asked` through `out`; completes when the answer is sent, or the client gone, and the ledger has its row.
  /// Cancellation: through who.scope(). A call that others follow goes on without its client.
  [[nodiscard]] net::task<void> run(const request& asked, reply& out, client who);

  /// Decides who would answer, and calls nobody.
  /// @param scope  cancels the embed that a router may need.
  /// @returns model_not_found; what route_choice::choose() says. A name that stands for one model alone has one
  ///          candidate.
  [[nodiscard]] net::task<result<course>> decide(const request& asked, net::cancel_scope& scope);

private:
  const services& shared_;
  net::event_loop& loop_;
  loop_state state_;
  std::shared_ptr<const generation> current_;
};

} // namespace inferenceflow::pipeline
