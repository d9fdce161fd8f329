/// The semantic cache over a log: would an answer to another question have served?
///
/// Role:      the simulation asks it where the exact cache has nothing and the route's configuration turns it on.
/// Lifecycle: one per configuration: find() and keep() in order of time.
/// Threading: one thread; the embedder may block.
/// Bounds:    those of semantic_cache; k_answers_compared_max answers' vectors, then none is known any more.
/// Source:    docs/semantic_cache.md; pipeline/similar_questions.h is what the gateway does.
#pragma once

#include "base/error.h"
#include "pipeline/cache_plan.h"
#include "replay/asked.h"
#include "routing/route_table.h"
#include "semantic/semantic_cache.h"

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace inferenceflow::replay {

inline constexpr std::size_t k_answers_compared_max = 100'000;

/// A text as a vector of unit length; empty where it has none.
using embed_text = std::function<std::vector<float>(std::string_view text)>;

class similar_answers {
public:
  /// @param embed  not empty. @param seed  of the draws that decide what is audited.
  similar_answers(semantic::semantic_limits limits, embed_text embed, std::uint64_t seed);

  struct found {
    std::optional<semantic::served> hit = {}; ///< whose answer would serve
    std::uint64_t question = 0; ///< id under which this one waits for its answer, where there was no hit; 0 = none
  };
  /// @param scanner  that has just scanned it.
  [[nodiscard]] found find(const asked& one, const routing::route& route, wire::openai::request_scanner& scanner,
                           const pipeline::cache_plan& plan);
  /// The hit's answer has left the cache.
  void drop(std::uint64_t entry) { cache_.drop(entry); }

  /// The answer of a question is there: it may serve, and is compared with what near ones would have answered.
  /// @param answer  its text; where the log has none nothing is compared. @param is_kept  whether the cache took it.
  void keep(std::uint64_t question, const cache::cache_key& key, std::string_view answer, bool is_kept);

private:
  struct open_question {
    semantic::lane_id lane = 0;
    semantic::decision taken;
    double same_from = 0.9;
  };
  semantic::semantic_cache cache_;
  embed_text embed_;
  boost::unordered_flat_map<std::uint64_t, open_question> open_;
  boost::unordered_flat_map<std::uint64_t, std::vector<float>> answers_; ///< by question, as vectors
};

} // namespace inferenceflow::replay
