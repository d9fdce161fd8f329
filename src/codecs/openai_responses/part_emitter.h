/// Events of one answer in the order that event.h promises, whatever the caller's stream does.
///
/// Role:      stream_read and answer_read say what they find; part numbers, closing and "how much of this was said
///            already" are kept here.
/// Lifecycle: `emitted` lives as long as the stream, a part_emitter for one call.
/// Threading: one loop.
/// Bounds:    holds the text of the open part: offsets of citations count its bytes, and a backend repeats it whole.
/// Source:    dialogue/event.h.
#pragma once

#include "dialogue/codec.h"
#include "dialogue/event.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace inferenceflow::codecs::openai_responses {

struct emitted {
  std::uint32_t part = 0; ///< the open part's number, or the next one's
  bool open = false;
  dialogue::part_kind kind = dialogue::part_kind::text;
  bool summary = false;  ///< of the open reasoning part
  std::string said = {}; ///< text of the open part so far
  std::size_t cited = 0; ///< citations of the open part so far
  bool any_call = false;
  bool any_refusal = false;
};

class part_emitter {
public:
  part_emitter(emitted& state, const dialogue::event_handler& handle)
      : state_(state)
      , handle_(handle) {}

  /// Begins a part; one that is still open ends first. @param opened  all but kind and part number.
  void open(dialogue::event opened);
  /// A piece of the open part's text; nothing for an empty one.
  void say(dialogue::event_kind kind, std::string_view piece, std::span<const dialogue::token_logprob> logprobs = {});
  /// `whole` is all of the open part's text: says what is missing of it. Where it contradicts what was said, nothing.
  void say_rest(dialogue::event_kind kind, std::string_view whole,
                std::span<const dialogue::token_logprob> logprobs = {});
  void cite(const dialogue::citation& source);
  /// The encrypted content of the open reasoning part; nothing for an empty one.
  void redact(std::string_view encrypted);
  void close();

  [[nodiscard]] const emitted& state() const noexcept { return state_; }
  /// True if a part of this kind is open.
  [[nodiscard]] bool is_open(dialogue::part_kind kind) const noexcept { return state_.open && state_.kind == kind; }

private:
  [[nodiscard]] dialogue::event at(dialogue::event_kind kind) const;

  emitted& state_;
  const dialogue::event_handler& handle_;
};

} // namespace inferenceflow::codecs::openai_responses
