/// The semantic cache's part in one request: was something asked before that means the same?
///
/// Role:      life asks it on an exact miss, tells it when the call begins and what came of it.
/// Lifecycle: construct → ask() → at most one of: the hit is served; begin() → keep(), or nothing, which drops the
///            question again. Does nothing where the route's mode is off.
/// Threading: one event loop.
/// Bounds:    those of the embedder and of semantic_cache.
/// Source:    docs/semantic_cache.md
#pragma once

#include "cache/cache_key.h"
#include "embedding/embedding.h"
#include "net/cancel_scope.h"
#include "net/event_loop.h"
#include "net/task.h"
#include "pipeline/cache_plan.h"
#include "pipeline/loop_state.h"
#include "pipeline/request.h"
#include "pipeline/services.h"
#include "semantic/ruling.h"
#include "turn/last_turn.h"

#include <memory>
#include <optional>
#include <string>

namespace inferenceflow::pipeline {

class similar_questions {
public:
  similar_questions(const services& shared, std::shared_ptr<const generation> now, net::event_loop& loop,
                    loop_state& state, const request& asked);
  ~similar_questions();
  similar_questions(const similar_questions&) = delete;
  similar_questions& operator=(const similar_questions&) = delete;

  /// Cuts the last turn out, embeds it, looks for near ones and has the cache decide.
  /// @param scope  of the client: it need not wait for an embedding when it has gone.
  [[nodiscard]] net::task<void> ask(std::shared_ptr<const routing::route> route, const cache_plan& plan,
                                    net::cancel_scope& scope);

  /// What may answer, if anything.
  [[nodiscard]] const std::optional<semantic::served>& hit() const { return ruled_.hit; }
  /// The hit cannot serve this request, which goes on as a miss.
  /// @param gone  its answer is nowhere to be found: it is taken out for all.
  void pass_over(bool gone);

  /// The call begins: those who mean the same may wait for it.
  void begin(const cache_plan& plan);
  /// Its answer is kept: it may serve, and is compared with what near entries would have answered.
  void keep(const cache_plan& plan, std::shared_ptr<const cache::cached_answer> answer);

  /// What a second tier shall know of the question; nullopt when it is not in the cache.
  [[nodiscard]] std::optional<cache::semantic_part> part() const;

  /// Of the question, if it was embedded; else null.
  [[nodiscard]] const embedding::vector_ptr& vector() const noexcept { return vector_; }

private:
  [[nodiscard]] turn::cut cut_turn();
  [[nodiscard]] net::task<bool> embed(net::cancel_scope& scope);
  void decide(const config::semantic_settings& settings);
  void skipped(std::string_view why) const;
  [[nodiscard]] semantic::question question() const;

  const services& shared_;
  std::shared_ptr<const generation> now_;
  net::event_loop& loop_;
  loop_state& state_;
  const request& asked_;
  std::shared_ptr<const routing::route> route_;
  std::optional<turn::last_turn> turn_;
  embedding::vector_ptr vector_;
  semantic::ruling ruled_;
  std::uint64_t opened_ = 0; ///< our own entry while its call runs; 0 = none
};

} // namespace inferenceflow::pipeline
