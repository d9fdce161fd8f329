/// The stage that chooses among a route's targets.
///
/// Role:      life::attempt() asks it where the route has a strategy; POST /v1/route asks it and calls nobody.
/// Lifecycle: one per request: choose(), once.
/// Threading: one event loop.
/// Bounds:    those of the route's targets; one embed, and only where a predictor needs a vector.
#pragma once

#include "dispatch/line.h"
#include "embedding/embedding.h"
#include "net/cancel_scope.h"
#include "net/task.h"
#include "pipeline/loop_state.h"
#include "pipeline/question.h"
#include "pipeline/request.h"
#include "pipeline/route_book.h"
#include "pipeline/services.h"
#include "routing/choice/choose.h"
#include "routing/choice/decision.h"
#include "store/routed.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace inferenceflow::pipeline {

/// What was decided for one request, and the line that follows from it.
struct course {
  routing::decision made = {};
  std::optional<routing::decision> other = {}; ///< what the other choice would have done, where it was asked
  store::routed_role role = store::routed_role::main;
  bool send_other = false;                        ///< the other's first target is asked too, and its answer thrown away
  std::shared_ptr<dispatch::line> along = {};     ///< in the order of `made`
  std::shared_ptr<dispatch::line> unordered = {}; ///< as the route has it
  std::shared_ptr<const question> about = {};
  // Where the route learns or has a budget; null and empty otherwise.
  std::shared_ptr<route_book> book = {};
  std::shared_ptr<purse> budget = {};
  bandit_view seen = {};
  std::vector<double> priors = {};                 ///< expected quality of each target before feedback corrected it
  std::optional<purse::reservation> reserved = {}; ///< to be settled with what the request has cost
};

class route_choice {
public:
  /// Lifetime: all references outlive choose().
  route_choice(const services& shared, const generation& now, loop_state& state, const request& asked) noexcept
      : shared_(shared)
      , now_(now)
      , state_(state)
      , asked_(asked) {}

  /// @param route  one of the configuration's. With strategy in_order its order stands, but for those that cannot take
  ///               the request; so it does for embeddings, since vectors of two models cannot be compared.
  /// @param along  its line. @param vector  of the last turn, if somebody has made one; may be null.
  /// @param scope  cancels the embed.
  /// The caller settles what is reserved of the route's budget, if it sends anything.
  /// @returns rate_limited when the route's budget is spent; invalid_request (param "model") that says what excluded
  /// each target, unavailable when all that could are
  ///          unhealthy; invalid_request when the body cannot be read.
  [[nodiscard]] net::task<result<course>> choose(const routing::route& route, std::shared_ptr<dispatch::line> along,
                                                 embedding::vector_ptr vector, net::cancel_scope& scope);

private:
  /// The candidates before and after the router in force has spoken.
  struct outlook {
    const std::vector<routing::candidate>& stated;
    const std::vector<routing::candidate>& seen;
    const quality::features& read;
    embedding::vector_ptr vector;
  };

  [[nodiscard]] net::task<embedding::vector_ptr> vector_for(const quality::predictor& by, const question& about,
                                                            embedding::vector_ptr known, net::cancel_scope& scope);
  [[nodiscard]] std::vector<routing::candidate> candidates_of(const dispatch::line& along, const question& about) const;
  void predict(const quality::predictor& by, const quality::features& read, const embedding::text_vector* vector,
               const dispatch::line& along, std::vector<routing::candidate>& into) const;
  void explore(course& chosen);
  void open_book(const routing::route& route, const quality::features& read, course& chosen) const;
  void correct(course& chosen, std::vector<routing::candidate>& candidates) const;
  [[nodiscard]] net::task<void> try_other(const routing::route& route, const routing::wishes& wishes,
                                          const outlook& known, course& chosen, net::cancel_scope& scope);
  [[nodiscard]] const quality::predictor* router_at(const std::string& file) const;

  const services& shared_;
  const generation& now_;
  loop_state& state_;
  const request& asked_;
};

} // namespace inferenceflow::pipeline
