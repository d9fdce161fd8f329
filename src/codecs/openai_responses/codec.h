/// OpenAI's Responses API (POST /v1/responses), both ways.
///
/// Role:      one of the protocols that pipeline/ and providers/ join; see dialogue/codec.h.
/// Lifecycle: stateless; lives as long as the process.
/// Threading: const from any thread; readers and writers of streams belong to one loop.
/// Bounds:    dialogue::k_json_depth_max; stream_read.h and stream_write.h say theirs.
/// Source:    OpenAI API reference, "Responses"; openai-python's types/responses, read 2026-11.
#pragma once

#include "dialogue/codec.h"

namespace inferenceflow::codecs::openai_responses {

class codec final : public dialogue::codec {
public:
  [[nodiscard]] dialogue::protocol speaks() const noexcept override { return dialogue::protocol::openai_responses; }
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

} // namespace inferenceflow::codecs::openai_responses
