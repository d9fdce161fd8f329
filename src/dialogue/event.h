/// What happens in a streamed answer, in no protocol's clothes.
///
/// Role:      a codec's event_reader turns a backend's bytes into these; another's event_writer turns them into bytes.
/// Lifecycle: views into the reader's buffers, valid inside the call that hands the event over.
/// Threading: value; one stream's events in order on one loop.
/// Bounds:    one event holds no more than one event of the backend's stream did.
///
/// Order, which readers keep whatever the backend does and writers rely on: one `begin`; then for each choice its
/// parts, each `part_begin`, deltas, `part_end`, one part open at a time in a choice and `part` counting from 0; one
/// `finish` for each choice; `usage` at any place, the last one counts; one `end`. `failure` may come at any place and
/// is last.
#pragma once

#include "base/error.h"
#include "cost/usage.h"
#include "dialogue/answer.h"

#include <cstdint>
#include <span>
#include <string_view>

namespace inferenceflow::dialogue {

enum class event_kind : std::uint8_t {
  begin,      ///< id, model, created_s
  part_begin, ///< what kind of part; id and name for a tool call; text = all of it: an opaque part's JSON, media's
              ///< base64
  text,       ///< text; logprobs of its tokens where asked for
  arguments,  ///< text: a piece of a tool call's JSON, at any cut
  reasoning,  ///< text: a piece of thinking
  signature,  ///< text: the opaque signature of the open part, whole
  redacted,   ///< text: encrypted thinking of the open part, whole
  refusal,    ///< text: a piece of a refusal
  cited,      ///< source: a citation of the open text part
  part_end,
  finish,  ///< reason, text = stop sequence
  usage,   ///< tokens
  failure, ///< why
  end,
};

enum class part_kind : std::uint8_t { text, tool_call, reasoning, refusal, media, opaque };

struct event {
  event_kind kind = event_kind::begin;
  std::uint32_t choice = 0;
  std::uint32_t part = 0;
  part_kind opened = part_kind::text; ///< with part_begin
  std::string_view text = {};
  std::string_view id = {};        ///< answer id with begin; call id, reasoning item id with part_begin
  std::string_view name = {};      ///< model with begin; function name, media type, opaque block's type with part_begin
  std::string_view signature = {}; ///< with part_begin: Gemini's thoughtSignature of a tool call
  std::int64_t created_s = 0;
  protocol origin = protocol::openai_chat; ///< with signature, redacted, opaque parts: who made it
  bool summary = false;                    ///< reasoning: a summary
  bool custom = false;                     ///< tool call: OpenAI's custom tool
  dialogue::finish reason = dialogue::finish::none;
  std::span<const token_logprob> logprobs = {};
  const citation* source = nullptr;          ///< with cited
  const cost::token_usage* tokens = nullptr; ///< with usage
  const error* why = nullptr;                ///< with failure
};

} // namespace inferenceflow::dialogue
