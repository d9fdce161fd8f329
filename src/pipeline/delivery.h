/// Gets one request answered: follows its journey, waits and calls as that says, at most two backends at a time.
///
/// Role:      life::attempt() runs one per request that no cache answers.
/// Lifecycle: one call of run().
/// Threading: one event loop.
/// Bounds:    those of the journey: sends, time, hedges.
#pragma once

#include "dispatch/journey.h"
#include "net/cancel_scope.h"
#include "net/event_loop.h"
#include "net/wake_event.h"
#include "pipeline/relay.h"
#include "pipeline/request.h"
#include "pipeline/retelling.h"
#include "pipeline/rewritten.h"
#include "pipeline/services.h"

#include <array>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace inferenceflow::pipeline {

/// How it ended.
struct delivered {
  result<providers::answer> got;      ///< an error when no byte reached the relay; an error document is an answer
  const routing::route* by = nullptr; ///< whose answer or failure it is
  std::size_t attempts = 0;           ///< calls made
  cost::token_usage elsewhere = {};   ///< part of the answer's usage: of backends that broke off before `by` went on
  money elsewhere_cost = {};
};

class delivery {
public:
  /// @param scope  cancels everything when cancelled: run() then ends promptly with error_kind::cancelled.
  /// @param along    has at least one target.
  /// @param instead  what is asked in place of the client's own request; null = that. Such an answer is not continued
  ///                 elsewhere when it breaks off.
  /// Lifetime: all references must outlive run().
  delivery(const services& shared, std::shared_ptr<const generation> now, net::event_loop& loop, const request& asked,
           std::shared_ptr<dispatch::line> along, relay& stream, net::cancel_scope& scope,
           const rewritten_request* instead = nullptr);
  delivery(const delivery&) = delete;
  delivery& operator=(const delivery&) = delete;

  /// Completes once there is nothing more to do; then take_outcome() says, once, how it ended.
  [[nodiscard]] net::task<void> run();
  [[nodiscard]] delivered take_outcome() { return std::move(*done_); }

private:
  [[nodiscard]] net::task<void> follow_plan();
  /// Keeps what a call writes from the client until the journey has said that this call is the one.
  class gate final : public providers::event_sink {
  public:
    gate(delivery& owner, std::uint32_t attempt, std::size_t candidate)
        : owner_(owner)
        , attempt_(attempt)
        , candidate_(candidate) {}
    [[nodiscard]] net::task<bool> write(std::string_view bytes) override;
    [[nodiscard]] net::task<bool> write_split(std::string_view bytes,
                                              std::span<const std::string_view> visible) override;
    void dropped(std::span<const std::string> fields) override { dropped_.assign(fields.begin(), fields.end()); }

  private:
    [[nodiscard]] bool open();
    delivery& owner_;
    std::uint32_t attempt_;
    std::size_t candidate_;
    std::vector<std::string> dropped_;
  };

  /// One call under way. A hedged one outlives nothing but its own coroutine, so it is shared with that.
  struct attempt {
    attempt(delivery& owner, const resilience::plan_action& what)
        : ordered(what)
        , sink(owner, what.attempt, what.candidate) {}
    resilience::plan_action ordered;
    providers::call_trace trace;
    gate sink;
    net::cancel_scope scope;
    std::optional<result<providers::answer>> got;
  };

  // delivery.cpp
  [[nodiscard]] net::task<result<providers::answer>> call(attempt& made, net::cancel_scope& scope);
  [[nodiscard]] providers::call call_of(attempt& made) const;
  [[nodiscard]] net::task<resilience::plan_action> send(const resilience::plan_action& ordered);
  [[nodiscard]] resilience::plan_action settle(attempt& made, result<providers::answer> got);
  [[nodiscard]] resilience::plan_action fail(attempt& made, result<providers::answer> got);
  void learn_pace(const routing::route& target, const providers::answer& got, steady_time called);
  [[nodiscard]] delivered give_up(const resilience::plan_action& last);
  [[nodiscard]] delivered cancelled();
  [[nodiscard]] const routing::route& route_of(const resilience::plan_action& ordered) const;
  [[nodiscard]] steady_time now() const { return shared_.clock.steady_now(); }

  // delivery_takeover.cpp
  [[nodiscard]] net::task<void> take_over();
  [[nodiscard]] bool prepare_takeover(const delivered& broken);
  [[nodiscard]] net::task<bool> put(std::string_view bytes);

  // delivery_waits.cpp
  [[nodiscard]] net::task<void> pause(steady_time until);
  [[nodiscard]] net::task<void> wait_turn(steady_time until);
  [[nodiscard]] net::task<resilience::plan_action> send_hedged(const resilience::plan_action& ordered);
  void start(const std::shared_ptr<attempt>& made, const std::shared_ptr<net::wake_event>& news);
  void cancel_attempt(std::uint32_t number);

  const services& shared_;
  std::shared_ptr<const generation> now_;
  net::event_loop& loop_;
  const request& asked_;
  relay& stream_;
  net::cancel_scope& scope_;
  std::shared_ptr<dispatch::line> line_;
  std::unique_ptr<dispatch::journey> journey_;
  std::unique_ptr<retelling> retold_;                         ///< where broken streams are continued elsewhere
  std::unique_ptr<rewritten_request> continuation_;           ///< what is asked after the first backend broke off
  const rewritten_request* instead_ = nullptr;                ///< what is asked now, if not the client's own request
  resilience::candidate_set broken_ = 0;                      ///< backends that broke off
  std::array<std::shared_ptr<attempt>, 2> racing_;            ///< with a hedge only
  std::optional<std::uint32_t> winner_;                       ///< the attempt whose bytes go to the client
  std::vector<std::pair<std::uint32_t, delivered>> refusals_; ///< error documents, by attempt
  std::optional<delivered> done_;
  std::size_t calls_ = 0;
};

} // namespace inferenceflow::pipeline
