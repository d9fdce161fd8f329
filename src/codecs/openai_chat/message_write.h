/// The superset's messages, as this format's.
///
/// Role:      request_write: one message_writer writes the elements of `messages`.
/// Lifecycle: one per request: write()* → finish().
/// Threading: one thread.
/// Bounds:    none of its own.
/// Source:    OpenAI API reference, "Create chat completion" (messages); dialect.h for what hosts add.
#pragma once

#include "base/error.h"
#include "codecs/openai_chat/dialect.h"
#include "codecs/openai_chat/json_out.h"
#include "dialogue/request.h"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace inferenceflow::codecs::openai_chat {

/// What was dropped, each once.
void note_loss(std::vector<std::string>& losses, std::string name);

/// Writes a cache mark if the dialect has one. @returns false if there is one and it has not.
bool write_cache_mark(json_out& out, const std::optional<dialogue::cache_life>& mark, const dialect& of);

/// Made by another protocol, which alone can take it back.
[[nodiscard]] bool is_foreign(const dialogue::reasoning_part& thought) noexcept;

class message_writer {
public:
  message_writer(json_out& out, const dialect& of, std::vector<std::string>& losses)
      : out_(out)
      , dialect_(of)
      , losses_(losses) {}

  /// Writes messages[index]; its media of tool results may wait for finish() or the next message that is no tool's.
  /// Lifetime: `message` lives until finish().
  void write(const dialogue::message& message, std::size_t index);
  void finish() { write_waiting(); }
  /// The first thing that this format cannot carry.
  [[nodiscard]] const std::optional<error>& refused() const noexcept { return refused_; }

private:
  struct waiting_medium {
    std::string_view call_id;
    const dialogue::media_part* medium;
    std::string path;
  };

  void write_turn(const dialogue::message& message, std::string_view role);
  void write_content(const dialogue::message& message, bool assistant);
  void write_reasoning(const dialogue::message& message);
  void write_plain_reasoning(const dialogue::message& message);
  void write_details(const dialogue::message& message);
  void write_calls(const dialogue::message& message);
  void write_beside(const dialogue::message& message);
  void write_result(const dialogue::tool_result_part& result, std::size_t at);
  void write_text(std::string_view prefix, const dialogue::text_part& words, const std::string& path);
  void lose_citations(const dialogue::text_part& words, const std::string& path);
  void write_medium(const dialogue::media_part& medium, const std::string& path);
  void write_document(const dialogue::media_part& document, const std::string& path);
  void write_waiting();

  [[nodiscard]] std::string path_of(std::size_t at) const;
  void refuse(const std::string& path, std::string_view what);
  void lose(std::string name) { note_loss(losses_, std::move(name)); }
  [[nodiscard]] bool is_content(const dialogue::part& one, const dialogue::message& message) const;

  json_out& out_;
  const dialect& dialect_;
  std::vector<std::string>& losses_;
  std::vector<waiting_medium> waiting_;
  std::optional<error> refused_;
  std::size_t index_ = 0; ///< of the message being written
};

} // namespace inferenceflow::codecs::openai_chat
