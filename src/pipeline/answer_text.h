/// The words of a kept answer, whatever it answers.
///
/// Role:      whoever judges whether two answers say the same (the semantic cache's explorations, off the hot path).
/// Lifecycle: free function.
/// Threading: reentrant.
/// Bounds:    memory a few times the body's size.
#pragma once

#include "cache/cached_answer.h"
#include "dialogue/answer_text.h"
#include "wire/openai/completion_text.h"
#include "wire/openai/request_scan.h"

#include <optional>
#include <string>
#include <string_view>

namespace inferenceflow::pipeline {

/// @param speaks  of the protocol that the body is in.
/// @param op      what was asked.
/// @param form    of `body`.
/// @returns as dialogue::answer_text(); nothing for an embedding, which has no words.
[[nodiscard]] inline std::optional<std::string> answer_text(const dialogue::codec& speaks, wire::openai::operation op,
                                                            cache::body_form form, std::string_view body) {
  const bool streamed = form == cache::body_form::event_stream;
  switch (op) {
  case wire::openai::operation::chat: return dialogue::answer_text(speaks, streamed, body);
  case wire::openai::operation::completion: return wire::openai::completion_text(streamed, body);
  case wire::openai::operation::embedding: break;
  }
  return std::nullopt;
}

} // namespace inferenceflow::pipeline
