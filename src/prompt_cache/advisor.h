/// Decides for each request what the provider shall keep of its prompt, and learns from the answers.
///
/// Role:      providers/prompt_cache asks it before a call and tells it the usage afterwards.
/// Lifecycle: one per event loop and provider; what it knows is in `memory`, which all share.
/// Threading: one event loop; memory is thread-safe.
/// Bounds:    those of prompt_layout, reuse_tracker and planner.
/// Source:    docs/prompt_caches.md.
#pragma once

#include "base/clock.h"
#include "cost/price_table.h"
#include "prompt_cache/body_edit.h"
#include "prompt_cache/meter.h"
#include "prompt_cache/planner.h"
#include "prompt_cache/prompt_layout.h"
#include "prompt_cache/reuse_tracker.h"
#include "prompt_cache/wish.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace inferenceflow::prompt_cache {

/// What all advisors know together.
struct memory {
  explicit memory(std::size_t bytes_max)
      : tracker(bytes_max) {}
  reuse_tracker tracker;
  meter_table meters;
};

/// Which upstream an advisor works for.
struct upstream_traits {
  dialogue::protocol speaks = dialogue::protocol::openai_chat;
  std::string name = {};
  std::string key_scope = {}; ///< keys the hash of cache keys
  bool takes_key = false;     ///< knows OpenAI's prompt_cache_key
};

/// What was decided for one request, for learn().
struct advice {
  struct kept_prompt {
    std::uint64_t hash = 0;
    std::int64_t tokens = 0;
    dialogue::cache_life life = dialogue::cache_life::minutes_5;
  };
  std::optional<std::string> body = {}; ///< what to send instead of the client's; nothing = the client's as it is
  std::vector<kept_prompt> kept = {};   ///< by the marks, front to back
  std::uint64_t hit = 0;                ///< hash of what the provider is believed to hold; 0 = nothing
  std::int64_t hit_tokens = 0;
  std::int64_t tokens = 0; ///< of the whole prompt, estimated
  double scale = 1;        ///< that the estimate was multiplied with
  std::uint64_t scope = 0;
  bool observing = false; ///< nothing was changed
  steady_time at{};       ///< when it was decided: a provider's lives begin with the request, not with its answer
  cost::price_handle prices = {};
};

class advisor {
public:
  /// Lifetime: `shared` and `clock` outlive it.
  advisor(upstream_traits traits, memory& shared, const clock_source& clock);

  /// @param prices  of this model; never null.
  /// @param model  the backend's own name.
  /// @param body   in the backend's protocol.
  /// @returns nothing when there is nothing to decide or to learn: no layout, no price, a model without marks.
  [[nodiscard]] std::optional<advice> advise(const wish& asked, const cost::price_handle& prices,
                                             std::string_view model, std::string_view body);

  /// A call that was advised has been answered with success.
  /// @param usage  as the provider reported it.
  void learn(const advice& decided, const cost::token_usage& usage);

  /// The backend refused what was advised and took the client's own bytes: it gets those for k_refused_ms.
  void refused(const advice& decided);

private:
  void place_marks(advice& decided, const model_rules& rules, std::string_view body, const prompt_layout& layout);
  void place_key(advice& decided, std::string_view body, const prompt_layout& layout);
  void learn_marks(const advice& decided, const cost::token_usage& usage);
  void learn_observed(const advice& decided);

  upstream_traits traits_;
  memory& memory_;
  meter& meter_;
  const clock_source& clock_;
  layout_reader reader_;
  std::vector<boundary> boundaries_;
  std::vector<std::size_t> where_;
  std::vector<reuse> expected_;
};

} // namespace inferenceflow::prompt_cache
