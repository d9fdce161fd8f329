/// What a provider's prompt cache makes of the prompts of a log.
///
/// Role:      the simulation asks it for each call that is made.
/// Lifecycle: one per configuration: serve()* in order of time.
/// Threading: one thread.
/// Bounds:    k_prefixes_max prefixes, then those that are over go, and if none is, all; the tracker has the
///            configuration's prompt_cache.bytes_max.
/// Source:    Claude API docs, "Prompt caching": four marks, a look-back of 19 blocks, lives of five minutes and an
/// hour,
///            a read refreshes; OpenAI docs, "Prompt caching": automatic from 1,024 tokens, in steps of 128, idle for
///            five minutes. Which marks the gateway places: prompt_cache/planner.h, the same code.
#pragma once

#include "cost/model_price.h"
#include "prompt_cache/planner.h"
#include "prompt_cache/prompt_layout.h"
#include "prompt_cache/reuse_tracker.h"

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace inferenceflow::replay {

inline constexpr std::size_t k_prefixes_max = 1'000'000;

struct prefix_call {
  dialogue::protocol speaks = dialogue::protocol::openai_chat; ///< the backend
  std::string_view provider = {};
  std::string_view model = {}; ///< the backend's own name
  std::string_view tenant = {};
  std::string_view body = {};               ///< in the backend's protocol
  const cost::price_tier* prices = nullptr; ///< of the model; null: nothing is free to save
  bool place_marks = false;                 ///< the gateway adds marks of its own to the client's
  std::int64_t input_tokens = 0;            ///< of the whole prompt, as billed
  std::int64_t at_ms = 0;
};

class prefix_model {
public:
  /// @param bytes_max  of the memory of when prompts came back.
  explicit prefix_model(std::size_t bytes_max)
      : tracker_(bytes_max) {}

  /// How the prompt's tokens split into fresh, read and written. The output counts are zero.
  /// @returns nothing where the protocol or the body has no layout, or the provider keeps nothing unasked.
  [[nodiscard]] std::optional<cost::token_usage> serve(const prefix_call& call);

private:
  struct kept {
    std::int64_t until_ms = 0;
    dialogue::cache_life life = dialogue::cache_life::minutes_5;
  };
  struct placed {
    std::size_t at = 0;
    dialogue::cache_life life = dialogue::cache_life::minutes_5;
  };
  [[nodiscard]] cost::token_usage serve_automatic(const prefix_call& call);
  [[nodiscard]] std::optional<cost::token_usage> serve_marked(const prefix_call& call);
  [[nodiscard]] std::vector<placed> marks_of(const prefix_call& call, const prompt_cache::model_rules& rules,
                                             std::uint64_t own, std::uint64_t common);
  void make_room(std::int64_t now_ms);

  prompt_cache::layout_reader reader_;
  prompt_cache::reuse_tracker tracker_;
  boost::unordered_flat_map<std::uint64_t, kept> held_;
  std::vector<prompt_cache::boundary> prompt_;
  std::vector<std::size_t> where_;
  std::vector<prompt_cache::reuse> expected_;
};

} // namespace inferenceflow::replay
