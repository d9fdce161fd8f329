/// By what rule an answer is served, and what was ruled.
///
/// Role:      between semantic_cache and its callers.
/// Lifecycle: plain values.
/// Threading: values; texts are shared and immutable.
/// Bounds:    none of their own.
#pragma once

#include "cache/cache_key.h"
#include "semantic/evidence.h"
#include "semantic/verifier.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace inferenceflow::semantic {

enum class rule_kind : std::uint8_t {
  fixed,    ///< the nearest at or above a similarity
  verified, ///< whatever keeps wrong answers under a share of all answers
};

struct rule {
  rule_kind kind = rule_kind::verified;
  float similarity_min = 0.85F; ///< fixed: cosine
  double error_max = 0.02;      ///< verified: wrong answers, share of all answers
  bool veto = true;             ///< never serve across differing numbers, names, negation, …
};

/// One neighbour, with what is known of it.
struct near_entry {
  neighbour of;
  std::shared_ptr<const std::string> text;
  cache::cache_key key;         ///< of its answer
  cache::cache_key running_key; ///< while its call is in flight
  bool pending = false;
  bool streamed = false; ///< that call
  offset own_shift;
  offset answer_shift;
};

/// What may answer.
struct served {
  std::uint64_t entry = 0;
  cache::cache_key key;
  cache::cache_key running_key;
  bool pending = false;  ///< its call has not ended: follow it
  bool streamed = false; ///< that call's answer comes as a stream
  float similarity = 0;
  double risk = 0; ///< probability of wrong, as believed; 0 under a fixed rule, which has no idea
};

struct ruling {
  std::optional<served> hit;
  decision taken;           ///< verified: what the answer of the call shall be compared with
  std::uint32_t vetoed = 0; ///< kinds of difference that kept near entries from serving
};

} // namespace inferenceflow::semantic
