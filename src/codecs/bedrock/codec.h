/// AWS Bedrock's Converse and ConverseStream.
///
/// Role:      one of the protocols that dialogue/ translates between; what is refused and what is dropped: README.md.
/// Lifecycle: stateless; lives as long as the process.
/// Threading: reentrant; a stream's reader and writer belong to one loop.
/// Bounds:    see dialogue/codec.h.
/// Source:    Amazon Bedrock API reference, "Converse" and "ConverseStream"; botocore's model of bedrock-runtime
///            2023-09-30 as of version 1.43; recorded traffic.
#pragma once

#include "dialogue/codec.h"

namespace inferenceflow::codecs::bedrock {

class codec final : public dialogue::codec {
public:
  [[nodiscard]] dialogue::protocol speaks() const noexcept override { return dialogue::protocol::bedrock; }
  [[nodiscard]] std::string_view stream_content_type() const noexcept override {
    return "application/vnd.amazon.eventstream";
  }
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

} // namespace inferenceflow::codecs::bedrock
