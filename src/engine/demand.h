/// What one job needs of the context, and how urgent it is.
///
/// Role:      generator fills one per job; fair_queue and scheduler decide by it.
/// Lifecycle: plain value.
/// Threading: value; no shared state.
/// Bounds:    the scheduler checks prompt_tokens and choices against the context.
#pragma once

#include "engine/request.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace inferenceflow::engine {

struct demand {
  job_id job = 0;
  std::uint32_t prompt_tokens = 0;
  std::uint32_t choices = 1;
  std::optional<std::uint32_t> tokens_max = {}; ///< per choice; absent = until the context is full
  service_lane lane = service_lane::standard;
  std::string tenant = {};
  std::optional<steady_time> deadline = {}; ///< when the whole answer must be there
  std::span<const token_id> prompt = {};    ///< prompt_tokens of them, valid until the job is over; empty = shares none
};

/// What steps have cost lately, in seconds; 0 = not measured yet.
struct step_pace {
  double step_s = 0;         ///< a step that only decodes
  double prompt_token_s = 0; ///< each prompt token adds this much
  double gap_s = 0;          ///< between two tokens of one answer: steps that decode, prompts beside it included
};

} // namespace inferenceflow::engine
