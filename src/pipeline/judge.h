/// Whether the answer that a near entry keeps would have been right: found out after the client has its own.
///
/// Role:      similar_questions hands an explored or audited request over; the semantic cache learns the result.
/// Lifecycle: a coroutine of its own on the request's loop; what it needs, it holds.
/// Threading: one event loop.
/// Bounds:    k_judging_max at once per loop; k_compared_max answers each; an answer's words up to
///            turn::k_answer_bytes_max; a judge model gets k_judge_tokens_max tokens.
/// Source:    vCache (arXiv 2502.03771), §3: correctness of an explored pair by comparing the two answers.
///
/// In this order: the same but for looks; else by the judge model where one is configured; else by the similarity of
/// the two answers' vectors. What cannot be compared (tool calls, several choices) teaches nothing.
#pragma once

#include "net/event_loop.h"
#include "pipeline/loop_state.h"
#include "pipeline/services.h"
#include "semantic/semantic_cache.h"

#include <memory>
#include <string>

namespace inferenceflow::pipeline {

inline constexpr std::size_t k_compared_max = 2;

/// One request whose answer can be compared.
struct judgement {
  const services& shared;
  std::shared_ptr<const generation> now;
  net::event_loop& loop;
  loop_state& state;
  std::shared_ptr<const routing::route> route;
  semantic::lane_id lane = 0;
  semantic::decision taken;
  semantic::entry_id fresh = 0; ///< its own entry
  std::string question;
  std::shared_ptr<const cache::cached_answer> answer; ///< its own
  dialogue::protocol protocol = dialogue::protocol::openai_chat;
  wire::openai::operation op = wire::openai::operation::chat;
  std::string tenant;
  std::string request_id;
};

/// Starts the comparison and returns at once; does nothing when k_judging_max run.
void judge_later(judgement about);

} // namespace inferenceflow::pipeline
