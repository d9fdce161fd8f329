/// Answers in OpenAI's format: the backend's bytes as they are.
///
/// Role:      reply of /v1/chat/completions, /v1/completions and /v1/embeddings.
/// Lifecycle: one per exchange.
/// Threading: its event loop.
/// Bounds:    the exchange's.
/// Source:    OpenAI API reference; WHATWG HTML §9.2 (server-sent events).
#pragma once

#include "api/call_context.h"
#include "pipeline/reply.h"

namespace inferenceflow::api {

class openai_reply final : public pipeline::reply {
public:
  explicit openai_reply(call_context& context)
      : context_(context) {}

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
  call_context& context_;
  int status_ = 0;
};

} // namespace inferenceflow::api
