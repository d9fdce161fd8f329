/// Messages of this format, into the superset.
///
/// Role:      request_read for the history, answer_read for what a model said: both are the same message.
/// Lifecycle: one message_reader per request; it remembers which calls were given an id here.
/// Threading: one thread.
/// Bounds:    none of its own.
/// Source:    OpenAI API reference, "Create chat completion" (messages, the deprecated function_call and role
///            "function"); Gemini's OpenAI compatibility (calls with an empty id, extra_content.google).
#pragma once

#include "dialogue/json_view.h"
#include "dialogue/request.h"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace inferenceflow::codecs::openai_chat {

/// An assistant's message: thinking, content, refusal, audio, images, calls, in this order.
/// @param made_ids  how many calls have been given an id (call_<n>) so far.
void read_assistant(const dialogue::json_view& message, std::vector<dialogue::part>& into, std::size_t& made_ids);

/// The id of the nth call that came without one.
[[nodiscard]] std::string made_id(std::size_t n);

class message_reader {
public:
  [[nodiscard]] dialogue::message read(const dialogue::json_view& message);

private:
  struct pending_call {
    std::string id;
    std::string name;
  };
  [[nodiscard]] dialogue::tool_result_part read_result(const dialogue::json_view& message, bool legacy);
  /// The id that was made for the call which a result without an id answers; by name where it has one.
  [[nodiscard]] std::string take_pending(std::string_view name);

  std::size_t made_ids_ = 0;
  std::vector<pending_call> pending_; ///< calls whose id was made here, not answered yet
};

} // namespace inferenceflow::codecs::openai_chat
