#include "api/answer_headers.h"

#include "wire/openai/error_body.h"

#include <fmt/format.h>

namespace inferenceflow::api {

namespace {

/// What is known of how the model was chosen. Of a live stream that may be less at its head than at its end.
void add_routing(http::header_block& lines, const pipeline::answer_note& note) {
  if (!note.route.empty()) {
    lines.add("x-inferenceflow-route", note.route);
  }
  if (!note.tier.empty()) {
    lines.add("x-inferenceflow-tier", note.tier);
  }
  if (note.confidence) {
    lines.add("x-inferenceflow-confidence", fmt::format("{:.4f}", *note.confidence));
  }
  if (note.escalations) {
    lines.add("x-inferenceflow-escalations", std::to_string(*note.escalations));
  }
}

} // namespace

void add_note(http::header_block& lines, const pipeline::answer_note& note) {
  lines.add("x-inferenceflow-cache", to_string(note.cache));
  if (!note.provider.empty()) {
    lines.add("x-inferenceflow-model", note.model).add("x-inferenceflow-provider", note.provider);
  }
  if (note.similarity > 0) {
    lines.add("x-inferenceflow-similarity", fmt::format("{:.4f}", note.similarity));
  }
  if (note.attempts > 1) {
    lines.add("x-inferenceflow-attempts", std::to_string(note.attempts));
  }
  if (!note.dropped.empty()) {
    lines.add("x-inferenceflow-dropped", note.dropped);
  }
  add_routing(lines, note);
  if (note.settled) {
    lines.add("x-inferenceflow-cost", to_usd_string(note.cost)).add("x-inferenceflow-saved", to_usd_string(note.saved));
  }
}

http::header_block stream_lines(const call_context& context, const pipeline::answer_note& note,
                                std::string_view content_type) {
  auto lines = context.headers();
  lines.add("Content-Type", content_type).add("Cache-Control", "no-cache");
  add_note(lines, note);
  if (!note.settled && context.head().version == 11) {
    lines.add("Trailer", "x-inferenceflow-cost, x-inferenceflow-saved");
  }
  return lines;
}

http::header_block note_trailers(const pipeline::answer_note& note) {
  http::header_block lines;
  lines.add("x-inferenceflow-cost", to_usd_string(note.cost)).add("x-inferenceflow-saved", to_usd_string(note.saved));
  if (!note.dropped.empty()) { // the head has named what the request lost; an answer's losses show on the way
    lines.add("x-inferenceflow-dropped", note.dropped);
  }
  return lines;
}

net::task<bool> send_refusal(call_context& context, const error& why, const pipeline::answer_note& note) {
  auto lines = context.headers();
  lines.add("Content-Type", "application/json");
  if (why.retry_after) {
    lines.add("Retry-After", std::to_string(why.retry_after->count()));
  }
  add_note(lines, note);
  const std::string body = wire::openai::error_body(why);
  co_return co_await context.exchange().send(wire::openai::http_status(why.kind), lines.text(), body);
}

} // namespace inferenceflow::api
