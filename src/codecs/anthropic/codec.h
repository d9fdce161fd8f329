/// Anthropic Messages: POST /v1/messages, as a client speaks it and as a backend does.
///
/// Role:      the module's door; what is behind it stands in README.md.
/// Lifecycle: stateless.
/// Threading: any thread; stream readers and writers belong to one loop.
/// Bounds:    documents ≤ what the caller passes; see stream_read.h for streams.
/// Source:    Claude API reference, Messages, version 2023-06-01, read 2026-11; recorded traffic.
#pragma once

#include "dialogue/codec.h"

namespace inferenceflow::codecs::anthropic {

class codec final : public dialogue::codec {
public:
  [[nodiscard]] dialogue::protocol speaks() const noexcept override { return dialogue::protocol::anthropic; }
  [[nodiscard]] std::string_view stream_content_type() const noexcept override { return "text/event-stream"; }

  /// @param target  with a path that ends in "/count_tokens", max_tokens may be absent.
  [[nodiscard]] result<dialogue::request> read_request(std::string_view body,
                                                       const dialogue::request_target& target) const override;
  [[nodiscard]] result<dialogue::written_request> write_request(const dialogue::request& asked,
                                                                std::string_view model) const override;

  [[nodiscard]] dialogue::backend_address address(std::string_view model, bool stream) const override;

  [[nodiscard]] result<dialogue::request> read_count_request(std::string_view body,
                                                             const dialogue::request_target& target) const override;
  [[nodiscard]] result<dialogue::written_request> write_count_request(const dialogue::request& asked,
                                                                      std::string_view model) const override;
  [[nodiscard]] result<std::int64_t> read_count_answer(std::string_view body) const override;
  [[nodiscard]] std::string write_count_answer(std::int64_t tokens) const override;
  [[nodiscard]] result<dialogue::answer> read_answer(std::string_view body) const override;
  [[nodiscard]] dialogue::written_answer write_answer(const dialogue::answer& got,
                                                      const dialogue::stream_wish& wish) const override;

  [[nodiscard]] std::unique_ptr<dialogue::event_reader> make_reader(std::size_t event_bytes_max) const override;
  [[nodiscard]] std::unique_ptr<dialogue::event_writer> make_writer(const dialogue::stream_wish& wish) const override;

  [[nodiscard]] error read_error(int status, std::string_view body, std::string_view retry_after) const override;
  [[nodiscard]] dialogue::written_error write_error(const error& why) const override;
};

} // namespace inferenceflow::codecs::anthropic
