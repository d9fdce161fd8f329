/// One choice of a backend's stream: its deltas, as events in the order that dialogue/event.h promises.
///
/// Role:      stream_read has one for each choice.
/// Lifecycle: one per choice of a stream: take()* → end().
/// Threading: one loop.
/// Bounds:    one bit per byte of text, the names of its calls, and what is held of the event being read.
/// Source:    OpenAI API reference, "The chat completion chunk object"; recorded streams of the hosts that dialect.h
///            names: reasoning_content, reasoning, reasoning_details; calls without index, id or with one index for
///            all.
#pragma once

#include "codecs/openai_chat/finish.h"
#include "codecs/openai_chat/reasoning_details.h"
#include "codecs/openai_chat/text_ruler.h"
#include "dialogue/codec.h"
#include "dialogue/event.h"
#include "dialogue/json_view.h"

#include <optional>
#include <string>
#include <vector>

namespace inferenceflow::codecs::openai_chat {

class stream_choice {
public:
  explicit stream_choice(std::uint32_t index)
      : index_(index) {}

  /// An element of a chunk's `choices`. Faults are noted in its document.
  void take(const dialogue::json_view& choice, const dialogue::event_handler& handle);
  /// The stream is over: what is open ends, and `finish` follows.
  void end(const dialogue::event_handler& handle);
  /// A finish reason came.
  [[nodiscard]] bool finished() const noexcept { return finish_.reason != dialogue::finish::none; }

private:
  /// The call that deltas go on with.
  struct open_call {
    std::optional<std::int64_t> index;
    std::string id;
    bool custom = false;
  };

  void take_reasoning(const dialogue::json_view& delta, const dialogue::event_handler& handle);
  void take_entry(const reasoning_entry& entry, const dialogue::event_handler& handle);
  void take_proof(const reasoning_entry& entry, const dialogue::event_handler& handle);
  void take_content(const dialogue::json_view& content, const dialogue::event_handler& handle);
  void take_text(std::string_view text, const dialogue::event_handler& handle);
  void take_call(const dialogue::json_view& call, bool legacy, const dialogue::event_handler& handle);
  void begin_call(const dialogue::json_view& call, const dialogue::json_view& body, bool custom,
                  const dialogue::event_handler& handle);
  [[nodiscard]] bool goes_on(std::optional<std::int64_t> index, std::string_view id, std::string_view name) const;
  void take_rest(const dialogue::json_view& delta, const dialogue::event_handler& handle);
  void take_beside(const dialogue::json_view& delta, const dialogue::event_handler& handle);

  [[nodiscard]] dialogue::event at(dialogue::event_kind kind) const;
  [[nodiscard]] bool is_open(dialogue::part_kind kind) const { return open_ == kind; }
  /// Ends what is open and begins `opened`, whose kind, id and name are set.
  void open(dialogue::event opened, const dialogue::event_handler& handle);
  void close(const dialogue::event_handler& handle);
  void say(dialogue::event_kind kind, std::string_view text, const dialogue::event_handler& handle) const;
  void sign(std::string_view signature, dialogue::protocol origin, const dialogue::event_handler& handle) const;

  std::uint32_t index_;
  std::uint32_t next_part_ = 0;
  std::optional<dialogue::part_kind> open_;
  reasoning_track track_;
  held_signatures held_;
  open_call call_;
  std::vector<std::int64_t> ended_calls_; ///< their indexes
  std::size_t calls_ = 0;
  std::size_t made_ids_ = 0;
  bool refused_ = false;
  text_ruler said_;
  std::vector<dialogue::token_logprob> logprobs_; ///< of text that has not come yet
  choice_end finish_;
};

} // namespace inferenceflow::codecs::openai_chat
