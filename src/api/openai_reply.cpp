#include "api/openai_reply.h"

#include "api/answer_headers.h"
#include "wire/openai/error_body.h"

namespace inferenceflow::api {

namespace {
constexpr std::string_view k_json = "application/json";
} // namespace

net::task<bool> openai_reply::document(int status, std::string_view content_type, std::string_view body,
                                       std::string_view retry_after, const pipeline::answer_note& note) {
  status_ = status;
  auto lines = context_.headers();
  lines.add("Content-Type", content_type.empty() ? k_json : content_type);
  if (!retry_after.empty()) {
    lines.add("Retry-After", retry_after);
  }
  add_note(lines, note);
  co_return co_await context_.exchange().send(status, lines.text(), body);
}

net::task<bool> openai_reply::whole_stream(std::string_view events, const pipeline::answer_note& note) {
  status_ = 200;
  const auto lines = stream_lines(context_, note);
  co_return co_await context_.exchange().send(200, lines.text(), events);
}

net::task<bool> openai_reply::begin_events(const pipeline::answer_note& note) {
  status_ = 200;
  const auto lines = stream_lines(context_, note);
  co_return co_await context_.exchange().begin_stream(200, lines.text());
}

net::task<bool> openai_reply::events(std::string_view bytes) {
  return context_.exchange().write(bytes);
}

net::task<bool> openai_reply::end_events(const pipeline::answer_note& note) {
  const auto trailers = note_trailers(note);
  co_return co_await context_.exchange().finish(trailers.text());
}

net::task<bool> openai_reply::break_events(const error& why, const pipeline::answer_note& note) {
  const std::string event = wire::openai::error_event(why);
  co_await context_.exchange().write(event);
  co_return co_await end_events(note);
}

net::task<bool> openai_reply::refuse(const error& why, const pipeline::answer_note& note) {
  status_ = wire::openai::http_status(why.kind);
  co_return co_await send_refusal(context_, why, note);
}

} // namespace inferenceflow::api
