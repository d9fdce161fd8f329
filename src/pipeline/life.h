/// One request on its way through the stages; private to pipeline/.
///
/// Role:      pipeline::run() makes one per request.
/// Lifecycle: one call of live().
/// Threading: one event loop.
/// Bounds:    see pipeline.h.
#pragma once

#include "cache/inflight_table.h"
#include "pipeline/cache_plan.h"
#include "pipeline/client.h"
#include "pipeline/delivery.h"
#include "pipeline/loop_state.h"
#include "pipeline/pipeline.h"
#include "pipeline/relay.h"
#include "pipeline/route_choice.h"
#include "pipeline/settle.h"
#include "pipeline/similar_questions.h"

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace inferenceflow::pipeline {

class life {
public:
  life(const services& shared, std::shared_ptr<const generation> now, net::event_loop& loop, loop_state& state,
       const request& asked, reply& out, client who);
  life(const life&) = delete;
  life& operator=(const life&) = delete;

  /// The stages, in order.
  [[nodiscard]] net::task<void> live();

private:
  // life.cpp: the order of things
  [[nodiscard]] net::task<void> refuse(const error& why);
  /// Prices and settles; the note is what the client is told.
  [[nodiscard]] net::task<answer_note> conclude();
  [[nodiscard]] bool client_gone() const noexcept;

  // serve_kept.cpp
  /// From memory, then from the second tier. @returns whether the client has its answer.
  [[nodiscard]] net::task<bool> serve_same();
  /// What was asked before and means the same, kept or on its way.
  [[nodiscard]] net::task<bool> serve_similar();
  [[nodiscard]] net::task<std::shared_ptr<const cache::cached_answer>> kept_elsewhere(cache::cache_key key);
  [[nodiscard]] cache::cache_lookup wanted() const;
  /// Makes a hit take as long as a recent miss, where the route says so.
  [[nodiscard]] net::task<void> pad();
  [[nodiscard]] bool may_serve(const cache::cached_answer& found) const;

  // serve_cached.cpp
  [[nodiscard]] std::shared_ptr<const cache::cached_answer> look_up();
  /// @returns false when the entry could not be brought into the form that is asked for.
  [[nodiscard]] net::task<bool> serve_hit(const cache::cached_answer& found, const cache::cache_key& key);
  [[nodiscard]] result<std::string> converted(const cache::cached_answer& found) const;
  [[nodiscard]] result<std::string> converted_by_codec(const cache::cached_answer& found) const;
  [[nodiscard]] net::task<void> follow(cache::inflight_follower& leading);
  [[nodiscard]] net::task<void> finish_followed(cache::inflight_follower& leading, cache::share_state state, bool begun,
                                                const std::string& document, const std::string& held);

  // take_answer.cpp
  /// Reads what a provider's batch has answered, as if the provider had been called now.
  [[nodiscard]] net::task<void> take_answer();
  /// The route that was asked for; where it was pointed elsewhere since, the one of who has answered, if there is one.
  [[nodiscard]] std::shared_ptr<const routing::route> route_of_answer() const;

  // attempt.cpp
  [[nodiscard]] net::task<void> attempt(cache::inflight_leader& leader);
  [[nodiscard]] net::task<void> finish_document(providers::answer& got, cache::inflight_leader& leader);
  [[nodiscard]] net::task<void> finish_stream(providers::answer& got, cache::inflight_leader& leader, relay& stream);
  // chosen_attempt.cpp
  [[nodiscard]] bool chooses(const dispatch::line& along) const;
  /// Chooses among the route's targets. @param along  becomes the line in that order.
  /// @returns why nobody can be asked.
  [[nodiscard]] net::task<result<void>> choose(std::shared_ptr<dispatch::line>& along, net::cancel_scope& scope);
  [[nodiscard]] bool watches_answers() const;
  [[nodiscard]] net::task<delivered> deliver(const std::shared_ptr<dispatch::line>& along, relay& stream,
                                             net::cancel_scope& scope);
  [[nodiscard]] result<void> reserve();
  [[nodiscard]] money at_most(const std::vector<money>& costs, const std::vector<std::size_t>& kept) const;
  void leave_out(const std::vector<std::size_t>& kept);
  void settle_budget(money cost);
  void note_choice(const delivered& end);
  void note_for_learning(const routing::route& by);
  /// Where the other choice is to be asked too: with what the client got, if that is known.
  void compare_with_other(const providers::answer& got, std::optional<std::string_view> body);

  void client_left(cache::inflight_leader& leader, const std::shared_ptr<net::cancel_scope>& call_scope);
  [[nodiscard]] std::shared_ptr<const cache::cached_answer>
  remember(const providers::answer& got, std::optional<std::string_view> body, cache::body_form form, money cost);

  const services& shared_;
  std::shared_ptr<const generation> now_;
  net::event_loop& loop_;
  loop_state& state_;
  const request& asked_;
  reply& out_;
  client client_;
  std::shared_ptr<const routing::route> route_;
  cache_plan plan_;
  similar_questions similar_;
  std::optional<course> way_; ///< where the route chooses
  outcome ended_;
};

} // namespace inferenceflow::pipeline
