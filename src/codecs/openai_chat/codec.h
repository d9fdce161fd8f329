/// OpenAI Chat Completions, both ways.
///
/// Role:      dialogue::codec of the protocol that most clients and most backends speak.
/// Lifecycle: lives as long as the process; one for clients, and one for each dialect of a backend.
/// Threading: const; any thread. A reader or writer of a stream belongs to one loop.
/// Bounds:    as dialogue/codec.h says.
/// Source:    OpenAI API reference, "Chat"; README.md beside this file.
#pragma once

#include "codecs/openai_chat/dialect.h"
#include "dialogue/codec.h"

namespace inferenceflow::codecs::openai_chat {

class codec final : public dialogue::codec {
public:
  /// @param of  how requests are written, and how a backend's streams end; reading takes every dialect.
  explicit codec(const dialect& of = {}) noexcept
      : dialect_(of) {}

  [[nodiscard]] dialogue::protocol speaks() const noexcept override { return dialogue::protocol::openai_chat; }
  [[nodiscard]] std::string_view stream_content_type() const noexcept override { return "text/event-stream"; }

  [[nodiscard]] result<dialogue::request> read_request(std::string_view body,
                                                       const dialogue::request_target& target) const override;
  [[nodiscard]] result<dialogue::written_request> write_request(const dialogue::request& asked,
                                                                std::string_view model) const override;
  [[nodiscard]] dialogue::backend_address address(std::string_view model, bool stream) const override;
  [[nodiscard]] result<dialogue::answer> read_answer(std::string_view body) const override;
  [[nodiscard]] dialogue::written_answer write_answer(const dialogue::answer& got,
                                                      const dialogue::stream_wish& wish) const override;
  [[nodiscard]] std::unique_ptr<dialogue::event_reader> make_reader(std::size_t event_bytes_max) const override;
  [[nodiscard]] std::unique_ptr<dialogue::event_writer> make_writer(const dialogue::stream_wish& wish) const override;
  [[nodiscard]] error read_error(int status, std::string_view body, std::string_view retry_after) const override;
  [[nodiscard]] dialogue::written_error write_error(const error& why) const override;

private:
  dialect dialect_;
};

} // namespace inferenceflow::codecs::openai_chat
