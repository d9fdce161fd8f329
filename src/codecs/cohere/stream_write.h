/// Events → bytes of a Cohere chat stream.
///
/// Role:      codec::make_writer().
/// Lifecycle: one writer per stream.
/// Threading: one loop.
/// Bounds:    the open text part, whose citations are placed by character, and the citations of one stretch.
/// Source:    Cohere API v2 reference, "Chat with streaming"; the official Python SDK's V2ChatStreamResponse.
#pragma once

#include "codecs/cohere/citation.h"
#include "dialogue/codec.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace inferenceflow::codecs::cohere {

class stream_writer final : public dialogue::event_writer {
public:
  void write(const dialogue::event& happened, std::string& out) override;
  [[nodiscard]] const std::vector<std::string>& losses() const noexcept override { return losses_; }

private:
  enum class open_kind : std::uint8_t { nothing, text, thinking, plan, call, custom_call, unknown };

  void begin(const dialogue::event& happened, std::string& out);
  void open(const dialogue::event& happened, std::string& out);
  void open_block(std::string_view type, std::string& out);
  void open_call(const dialogue::event& happened, std::string& out);
  void say(const dialogue::event& happened, std::string& out);
  void say_tokens(const dialogue::event& happened, std::string& out);
  void say_text(std::string_view piece, const dialogue::token_logprob* logprob, std::string& out);
  void say_thought(std::string_view piece, std::string& out);
  void say_arguments(std::string_view piece, std::string& out);
  void flush_citations(std::string& out);
  void close(std::string& out);
  void end(const error* why, std::string& out);
  void send(std::string_view type, std::string& out);
  void lose(std::string_view what);

  std::string data_; ///< of the event being written; kept for its memory
  std::vector<std::string> losses_;
  open_kind open_ = open_kind::nothing;
  text_places places_;
  std::vector<dialogue::citation> cited_; ///< of one stretch, not yet written
  std::size_t blocks_ = 0;
  std::size_t calls_ = 0;
  std::size_t citations_ = 0;
  std::string custom_input_; ///< a custom tool's input, wrapped when it is whole
  dialogue::finish reason_ = dialogue::finish::none;
  std::optional<cost::token_usage> usage_;
  bool closed_ = false;
};

} // namespace inferenceflow::codecs::cohere
