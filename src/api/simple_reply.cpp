#include "api/simple_reply.h"

#include "api/answer_headers.h"
#include "api/json_text.h"
#include "wire/openai/error_body.h"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

namespace inferenceflow::api {

namespace json = boost::json;

namespace {

constexpr std::string_view k_json = "application/json";

const json::value* first_choice(const json::value& document) {
  const json::value* choices = document.is_object() ? document.get_object().if_contains("choices") : nullptr;
  return choices != nullptr && choices->is_array() && !choices->get_array().empty() &&
                 choices->get_array().front().is_object()
             ? &choices->get_array().front()
             : nullptr;
}

std::string_view text_at(const json::value& choice, std::string_view part) {
  const json::value* message = choice.get_object().if_contains(part);
  const json::value* content =
      message != nullptr && message->is_object() ? message->get_object().if_contains("content") : nullptr;
  return content != nullptr && content->is_string() ? std::string_view{content->get_string()} : std::string_view{};
}

} // namespace

simple_reply::simple_reply(call_context& context, simple_kind kind, json::object metadata, const clock_source& clock,
                           std::size_t event_bytes_max)
    : context_(context)
    , kind_(kind)
    , metadata_(std::move(metadata))
    , clock_(clock)
    , decoder_(event_bytes_max) {}

void simple_reply::read_chunk(std::string_view data, std::string& deltas) {
  boost::system::error_code malformed;
  const json::value chunk = json::parse(json::string_view{data.data(), data.size()}, malformed);
  if (malformed || !chunk.is_object()) {
    return; // "[DONE]"
  }
  if (const json::value* choice = first_choice(chunk)) {
    if (const std::string_view delta = text_at(*choice, "delta"); !delta.empty()) {
      text_.append(delta);
      deltas += fmt::format("data: {{\"delta\":{}}}\n\n", json_string(delta));
    }
    const json::value* reason = choice->get_object().if_contains("finish_reason");
    if (reason != nullptr && reason->is_string()) {
      finish_reason_ = std::string{reason->get_string()};
    }
  }
  if (const json::value* usage = chunk.get_object().if_contains("usage"); usage != nullptr && usage->is_object()) {
    const json::value* total = usage->get_object().if_contains("total_tokens");
    if (total != nullptr && total->is_int64()) {
      tokens_used_ = total->get_int64();
    }
  }
}

std::string simple_reply::read_events(std::string_view bytes) {
  std::string deltas;
  // An event beyond the bound has already failed in the provider, whose bound is the same.
  [[maybe_unused]] const bool within =
      decoder_.push(bytes, [&](const wire::sse::event& each) { read_chunk(each.data, deltas); });
  return deltas;
}

void simple_reply::read_document(std::string_view body) {
  boost::system::error_code malformed;
  const json::value document = json::parse(json::string_view{body.data(), body.size()}, malformed);
  const json::value* choice = malformed ? nullptr : first_choice(document);
  if (choice == nullptr) {
    return;
  }
  text_ = text_at(*choice, "message");
  std::string unused;
  read_chunk(body, unused); // finish_reason and usage stand where a chunk has them
}

std::string simple_reply::render(const pipeline::answer_note& note) const {
  const bool cached = note.cache == pipeline::cache_state::hit || note.cache == pipeline::cache_state::semantic ||
                      note.cache == pipeline::cache_state::coalesced;
  if (kind_ == simple_kind::generate) {
    return fmt::format(
        R"({{"generated_text":{},"model":{},"provider":{},"tokens_used":{},"finish_reason":{},"cost":{},"cache_hit":{},"request_id":{}}})",
        json_string(text_), json_string(note.model), json_string(note.provider), tokens_used_,
        finish_reason_.empty() ? "null" : json_string(finish_reason_), to_usd_string(note.cost), cached,
        json_string(context_.request_id()));
  }
  const double latency_ms = std::chrono::duration<double, std::milli>(clock_.steady_now() - context_.started()).count();
  return fmt::format(
      R"({{"response":{},"provider":{},"model":{},"latency":{:.3f},"tokens_used":{},"cost":{},"cache_hit":{},"request_id":{},"created_at":{},"metadata":{}}})",
      json_string(text_), json_string(note.provider), json_string(note.model), latency_ms, tokens_used_,
      to_usd_string(note.cost), cached, json_string(context_.request_id()), json_time(to_unix_ms(clock_.wall_now())),
      json::serialize(metadata_));
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
  read_document(body);
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
