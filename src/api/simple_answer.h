/// What /v1/inference, /v1/generate and /infer answer, gathered from OpenAI's format and written in their own.
///
/// Role:      simple_reply fills one from an answer or a stream; lists of prompts fill one per item.
/// Lifecycle: read_document() once, or read_chunk() per event → render().
/// Threading: value.
/// Bounds:    the text of one answer.
/// Source:    docs: openapi.json, inference_answer, generate_answer, infer_answer.
#pragma once

#include "api/simple_request.h"
#include "base/clock.h"
#include "pipeline/reply.h"

#include <boost/json/object.hpp>
#include <string>
#include <string_view>

namespace inferenceflow::api {

/// What the gateway knows of an answer beside its text.
struct simple_facts {
  simple_kind kind = simple_kind::inference;
  std::string_view request_id;
  double latency_ms = 0;
  wall_time now{};
  const boost::json::object& metadata;
};

class simple_answer {
public:
  /// A whole chat completion; anything else is left out.
  void read_document(std::string_view body);
  /// The data of one event of a stream. @param deltas  gets an event of ours for what it adds to the text.
  void read_chunk(std::string_view data, std::string& deltas);
  [[nodiscard]] std::string render(const simple_facts& facts, const pipeline::answer_note& note) const;

private:
  std::string text_;
  std::string finish_reason_;
  std::int64_t tokens_used_ = 0;
};

} // namespace inferenceflow::api
