/// Answers in a protocol that is not OpenAI's chat format: the pipeline's bytes are in it already.
///
/// Role:      reply of /v1/messages, /v1/responses, Gemini's, Cohere's and Bedrock's paths.
/// Lifecycle: one per exchange.
/// Threading: its event loop.
/// Bounds:    the exchange's.
#pragma once

#include "api/call_context.h"
#include "dialogue/codec.h"
#include "pipeline/reply.h"

namespace inferenceflow::api {

class protocol_reply final : public pipeline::reply {
public:
  /// Lifetime: `codec` outlives it.
  protocol_reply(call_context& context, const dialogue::codec& codec)
      : context_(context)
      , codec_(codec) {}

  [[nodiscard]] net::task<bool> document(int status, std::string_view content_type, std::string_view body,
                                         std::string_view retry_after, const pipeline::answer_note& note) override;
  [[nodiscard]] net::task<bool> whole_stream(std::string_view events, const pipeline::answer_note& note) override;
  [[nodiscard]] net::task<bool> begin_events(const pipeline::answer_note& note) override;
  [[nodiscard]] net::task<bool> events(std::string_view bytes) override;
  [[nodiscard]] net::task<bool> end_events(const pipeline::answer_note& note) override;
  [[nodiscard]] net::task<bool> break_events(const error& why, const pipeline::answer_note& note) override;
  [[nodiscard]] net::task<bool> refuse(const error& why, const pipeline::answer_note& note) override;
  [[nodiscard]] int status() const noexcept override { return status_; }

private:
  /// The fields of the head in which the protocol says of what kind an error is.

  call_context& context_;
  const dialogue::codec& codec_;
  int status_ = 0;
};

} // namespace inferenceflow::api
