/// Google Gemini's generateContent and streamGenerateContent, both ways.
///
/// Role:      the protocol `gemini` for whoever joins a client to a backend; embedding.h has the embedding methods.
/// Lifecycle: stateless; lives as long as the process.
/// Threading: const, from any thread; streams' readers and writers: one loop each.
/// Bounds:    readers hold event_bytes_max of an unfinished event; nesting ≤ dialogue::k_json_depth_max.
/// Source:    Gemini API reference (v1beta); Vertex AI's generateContent; recorded traffic of both.
#pragma once

#include "codecs/gemini/target.h"
#include "dialogue/codec.h"

#include <memory>

namespace inferenceflow::codecs::gemini {

class codec final : public dialogue::codec {
public:
  [[nodiscard]] dialogue::protocol speaks() const noexcept override { return dialogue::protocol::gemini; }
  /// Of make_writer()'s streams. A JSON array is "application/json".
  [[nodiscard]] std::string_view stream_content_type() const noexcept override { return "text/event-stream"; }

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

  /// Takes both forms of stream.
  [[nodiscard]] std::unique_ptr<dialogue::event_reader> make_reader(std::size_t event_bytes_max) const override;
  /// Server-sent events.
  [[nodiscard]] std::unique_ptr<dialogue::event_writer> make_writer(const dialogue::stream_wish& wish) const override;
  /// @param form  form_of() the client's query: without alt=sse it wants a JSON array.
  [[nodiscard]] static std::unique_ptr<dialogue::event_writer> make_writer(const dialogue::stream_wish& wish,
                                                                           stream_form form);

  [[nodiscard]] error read_error(int status, std::string_view body, std::string_view retry_after) const override;
  [[nodiscard]] dialogue::written_error write_error(const error& why) const override;
};

} // namespace inferenceflow::codecs::gemini
