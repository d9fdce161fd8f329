#include "api/protocol_reply.h"

#include "api/answer_headers.h"

namespace inferenceflow::api {

namespace {

/// What a protocol's errors say outside of the document, but for Retry-After, which is added for every protocol alike.
void add_own_fields(http::header_block& lines, const dialogue::written_error& told) {
  for (const auto& [name, value] : told.headers) {
    if (name != "Retry-After" && name != "retry-after") {
      lines.add(name, value);
    }
  }
}

} // namespace

net::task<bool> protocol_reply::document(int status, std::string_view content_type, std::string_view body,
                                         std::string_view retry_after, const pipeline::answer_note& note) {
  status_ = status;
  auto lines = context_.headers();
  lines.add("Content-Type", content_type.empty() ? std::string_view{"application/json"} : content_type);
  if (!retry_after.empty()) {
    lines.add("Retry-After", retry_after);
  }
  if (status >= 400) { // what stands outside of the document: AWS' clients look there for the error's type
    const error why = codec_.read_error(status, body, retry_after);
    add_own_fields(lines, codec_.write_error(why));
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
  if (why.retry_after) {
    lines.add("Retry-After", std::to_string(why.retry_after->count()));
  }
  add_own_fields(lines, told);
  add_note(lines, note);
  co_return co_await context_.exchange().send(told.status, lines.text(), told.body);
}

} // namespace inferenceflow::api
