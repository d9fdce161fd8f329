/// Cohere's v2 chat API as a codec.
///
/// Role:      pipeline/ and providers/ join it with another protocol's codec.
/// Lifecycle: stateless; one for the process.
/// Threading: any thread; streams' readers and writers belong to one loop.
/// Bounds:    see dialogue/codec.h; messages of errors are cut to k_message_bytes_max.
/// Source:    Cohere API v2 reference, "Chat" and "Chat with streaming", read 2026-11.
#pragma once

#include "dialogue/codec.h"

namespace inferenceflow::codecs::cohere {

class codec final : public dialogue::codec {
public:
  [[nodiscard]] dialogue::protocol speaks() const noexcept override { return dialogue::protocol::cohere; }
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
};

} // namespace inferenceflow::codecs::cohere
