/// Answers of /v1/inference, /v1/generate and /infer, made from OpenAI's format.
///
/// Role:      reply of the simple surfaces.
/// Lifecycle: one per exchange.
/// Threading: its event loop.
/// Bounds:    keeps the answer's text until the end of the stream (bounded by the backend's answer).
/// Source:    docs: openapi.json, inference_answer, generate_answer, infer_answer.
#pragma once

#include "api/call_context.h"
#include "api/simple_answer.h"
#include "api/simple_request.h"
#include "pipeline/reply.h"
#include "wire/sse/codec.h"

#include <boost/json/object.hpp>
#include <string>

namespace inferenceflow::api {

class simple_reply final : public pipeline::reply {
public:
  /// @param event_bytes_max  as the provider's bound.
  simple_reply(call_context& context, simple_kind kind, boost::json::object metadata, const clock_source& clock,
               std::size_t event_bytes_max);

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
  [[nodiscard]] std::string read_events(std::string_view bytes);
  [[nodiscard]] std::string render(const pipeline::answer_note& note) const;

  call_context& context_;
  simple_kind kind_;
  boost::json::object metadata_;
  const clock_source& clock_;
  wire::sse::decoder decoder_;
  simple_answer answer_;
  int status_ = 0;
};

} // namespace inferenceflow::api
