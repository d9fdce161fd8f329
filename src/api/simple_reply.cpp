#include "api/simple_reply.h"

#include "api/answer_headers.h"
#include "wire/openai/error_body.h"

#include <fmt/format.h>

namespace inferenceflow::api {

namespace {
constexpr std::string_view k_json = "application/json";
} // namespace

simple_reply::simple_reply(call_context& context, simple_kind kind, boost::json::object metadata,
                           const clock_source& clock, std::size_t event_bytes_max)
    : context_(context)
    , kind_(kind)
    , metadata_(std::move(metadata))
    , clock_(clock)
    , decoder_(event_bytes_max) {}

std::string simple_reply::read_events(std::string_view bytes) {
  std::string deltas;
  // An event beyond the bound has already failed in the provider, whose bound is the same.
  [[maybe_unused]] const bool within =
      decoder_.push(bytes, [&](const wire::sse::event& each) { answer_.read_chunk(each.data, deltas); });
  return deltas;
}

std::string simple_reply::render(const pipeline::answer_note& note) const {
  const auto elapsed = clock_.steady_now() - context_.started();
  return answer_.render({.kind = kind_,
                         .request_id = context_.request_id(),
                         .latency_ms = std::chrono::duration<double, std::milli>(elapsed).count(),
                         .now = clock_.wall_now(),
                         .metadata = metadata_},
                        note);
}

net::task<bool> simple_reply::document(int status, std::string_view content_type, std::string_view body,
                                       std::string_view retry_after, const pipeline::answer_note& note) {
  status_ = status;
  auto lines = context_.headers();
  if (!retry_after.empty()) {
    lines.add("Retry-After", retry_after);
  }
  add_note(lines, note);
  if (status >= 400) { // the backend's error document is in the format of our errors already
    lines.add("Content-Type", content_type);
    co_return co_await context_.exchange().send(status, lines.text(), body);
  }
  answer_.read_document(body);
  lines.add("Content-Type", k_json);
  const std::string answer = render(note);
  co_return co_await context_.exchange().send(status, lines.text(), answer);
}

net::task<bool> simple_reply::whole_stream(std::string_view events, const pipeline::answer_note& note) {
  status_ = 200;
  const auto lines = stream_lines(context_, note);
  std::string translated = read_events(events);
  translated += fmt::format("data: {}\n\ndata: [DONE]\n\n", render(note));
  co_return co_await context_.exchange().send(200, lines.text(), translated);
}

net::task<bool> simple_reply::begin_events(const pipeline::answer_note& note) {
  status_ = 200;
  const auto lines = stream_lines(context_, note);
  co_return co_await context_.exchange().begin_stream(200, lines.text());
}

net::task<bool> simple_reply::events(std::string_view bytes) {
  const std::string deltas = read_events(bytes);
  co_return co_await context_.exchange().write(deltas);
}

net::task<bool> simple_reply::end_events(const pipeline::answer_note& note) {
  const std::string last = fmt::format("data: {}\n\ndata: [DONE]\n\n", render(note));
  co_await context_.exchange().write(last);
  const auto trailers = note_trailers(note);
  co_return co_await context_.exchange().finish(trailers.text());
}

net::task<bool> simple_reply::break_events(const error& why, const pipeline::answer_note& note) {
  const std::string event = wire::openai::error_event(why);
  co_await context_.exchange().write(event);
  const auto trailers = note_trailers(note);
  co_return co_await context_.exchange().finish(trailers.text());
}

net::task<bool> simple_reply::refuse(const error& why, const pipeline::answer_note& note) {
  status_ = wire::openai::http_status(why.kind);
  co_return co_await send_refusal(context_, why, note);
}

} // namespace inferenceflow::api
