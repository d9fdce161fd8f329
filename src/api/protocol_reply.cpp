#include "api/protocol_reply.h"

#include "api/answer_headers.h"

namespace inferenceflow::api {

void protocol_reply::add_error_fields(http::header_block& lines, const error& why) const {
  for (const auto& [name, value] : codec_.write_error(why).headers) {
    lines.add(name, value);
  }
}

net::task<bool> protocol_reply::document(int status, std::string_view content_type, std::string_view body,
                                         std::string_view retry_after, const pipeline::answer_note& note) {
  status_ = status;
  auto lines = context_.headers();
  lines.add("Content-Type", content_type.empty() ? std::string_view{"application/json"} : content_type);
  if (!retry_after.empty()) {
    lines.add("Retry-After", retry_after);
  }
  if (status >= 400) {
    // Bedrock's clients tell errors apart by a field of the head, which a stored or translated document has not kept.
    error why = codec_.read_error(status, body, {});
    why.retry_after.reset(); // Gemini's documents say it too
    add_error_fields(lines, why);
  }
  add_note(lines, note);
  co_return co_await context_.exchange().send(status, lines.text(), body);
}

net::task<bool> protocol_reply::whole_stream(std::string_view events, const pipeline::answer_note& note) {
  status_ = 200;
  const auto lines = stream_lines(context_, note, codec_.stream_content_type());
  co_return co_await context_.exchange().send(200, lines.text(), events);
}

net::task<bool> protocol_reply::begin_events(const pipeline::answer_note& note) {
  status_ = 200;
  const auto lines = stream_lines(context_, note, codec_.stream_content_type());
  co_return co_await context_.exchange().begin_stream(200, lines.text());
}

net::task<bool> protocol_reply::events(std::string_view bytes) {
  return context_.exchange().write(bytes);
}

net::task<bool> protocol_reply::end_events(const pipeline::answer_note& note) {
  const auto trailers = note_trailers(note);
  co_return co_await context_.exchange().finish(trailers.text());
}

net::task<bool> protocol_reply::break_events(const error& why, const pipeline::answer_note& note) {
  const auto writer = codec_.make_writer({});
  std::string event;
  writer->write({.kind = dialogue::event_kind::failure, .why = &why}, event);
  co_await context_.exchange().write(event);
  co_return co_await end_events(note);
}

net::task<bool> protocol_reply::refuse(const error& why, const pipeline::answer_note& note) {
  const dialogue::written_error told = codec_.write_error(why);
  status_ = told.status;
  auto lines = context_.headers();
  lines.add("Content-Type", told.content_type);
  for (const auto& [name, value] : told.headers) { // Retry-After among them
    lines.add(name, value);
  }
  add_note(lines, note);
  co_return co_await context_.exchange().send(told.status, lines.text(), told.body);
}

} // namespace inferenceflow::api
