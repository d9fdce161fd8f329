/// Hugging Face Text Generation Inference, its native protocol, as a backend.
///
/// Role:      providers/ speak to TGI servers through it. TGI has no clients here: read_request() always refuses, and
///            so write_answer() and make_writer() are never reached; they write nothing and name "answer" as lost.
/// Lifecycle: stateless; one for the process.
/// Threading: any thread; streams' readers belong to one loop.
/// Bounds:    see dialogue/codec.h; messages of errors are cut to k_message_bytes_max.
/// Source:    text-generation-inference, OpenAPI description and router sources (GenerateRequest, GenerateResponse,
///            StreamResponse, ErrorResponse), read 2026-11.
#pragma once

#include "dialogue/codec.h"

namespace inferenceflow::codecs::tgi {

class codec final : public dialogue::codec {
public:
  [[nodiscard]] dialogue::protocol speaks() const noexcept override { return dialogue::protocol::tgi; }
  [[nodiscard]] std::string_view stream_content_type() const noexcept override { return "text/event-stream"; }

  /// @returns always invalid_request.
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

} // namespace inferenceflow::codecs::tgi
