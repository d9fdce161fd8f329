#include "codecs/openai_responses/part_emitter.h"

namespace inferenceflow::codecs::openai_responses {

using dialogue::event;
using dialogue::event_kind;
using dialogue::part_kind;

event part_emitter::at(event_kind kind) const {
  event happened;
  happened.kind = kind;
  happened.part = state_.part;
  return happened;
}

void part_emitter::open(event opened) {
  close();
  opened.kind = event_kind::part_begin;
  opened.part = state_.part;
  state_.open = true;
  state_.kind = opened.opened;
  state_.summary = opened.summary;
  state_.any_call = state_.any_call || opened.opened == part_kind::tool_call;
  state_.any_refusal = state_.any_refusal || opened.opened == part_kind::refusal;
  handle_(opened);
}

void part_emitter::say(event_kind kind, std::string_view piece, std::span<const dialogue::token_logprob> logprobs) {
  if (piece.empty() && logprobs.empty()) {
    return;
  }
  state_.said.append(piece);
  event happened = at(kind);
  happened.text = piece;
  happened.logprobs = logprobs;
  handle_(happened);
}

void part_emitter::say_rest(event_kind kind, std::string_view whole,
                            std::span<const dialogue::token_logprob> logprobs) {
  const std::string& said = state_.said;
  if (whole.size() > said.size() && whole.substr(0, said.size()) == said) {
    say(kind, whole.substr(said.size()), said.empty() ? logprobs : std::span<const dialogue::token_logprob>{});
  }
}

void part_emitter::cite(const dialogue::citation& source) {
  ++state_.cited;
  event happened = at(event_kind::cited);
  happened.source = &source;
  handle_(happened);
}

void part_emitter::redact(std::string_view encrypted) {
  if (!encrypted.empty()) {
    event happened = at(event_kind::redacted);
    happened.text = encrypted;
    happened.origin = dialogue::protocol::openai_responses;
    handle_(happened);
  }
}

void part_emitter::close() {
  if (!state_.open) {
    return;
  }
  handle_(at(event_kind::part_end));
  state_.open = false;
  state_.said.clear();
  state_.cited = 0;
  ++state_.part;
}

} // namespace inferenceflow::codecs::openai_responses
