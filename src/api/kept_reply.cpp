#include "api/kept_reply.h"

#include "wire/openai/error_body.h"

namespace inferenceflow::api {

namespace {

error no_stream() {
  return make_error(error_kind::internal, "an item was answered with a stream that it had not asked for");
}

} // namespace

void kept_reply::keep(int status, std::string_view body, std::string_view retry_after,
                      const pipeline::answer_note& note) {
  status_ = status;
  body_ = body;
  retry_after_ = retry_after;
  model_ = note.model;
  provider_ = note.provider;
  note_ = note;
  note_.dropped = {};
}

pipeline::answer_note kept_reply::note() const noexcept {
  pipeline::answer_note whole = note_;
  whole.model = model_;
  whole.provider = provider_;
  return whole;
}

void kept_reply::keep_error(const error& why) {
  const std::string body = wire::openai::error_body(why);
  const std::string after = why.retry_after ? std::to_string(why.retry_after->count()) : std::string{};
  keep(wire::openai::http_status(why.kind), body, after, {});
}

net::task<bool> kept_reply::document(int status, std::string_view, std::string_view body, std::string_view retry_after,
                                     const pipeline::answer_note& note) {
  keep(status, body, retry_after, note);
  co_return true;
}

net::task<bool> kept_reply::refuse(const error& why, const pipeline::answer_note& note) {
  keep_error(why);
  const std::string body = body_;
  const std::string after = retry_after_;
  keep(status_, body, after, note);
  co_return true;
}

// Items that ask for a stream are refused before they come here.
net::task<bool> kept_reply::whole_stream(std::string_view, const pipeline::answer_note& note) {
  const error why = no_stream();
  co_return co_await refuse(why, note);
}
net::task<bool> kept_reply::begin_events(const pipeline::answer_note& note) {
  const error why = no_stream();
  co_return co_await refuse(why, note);
}
net::task<bool> kept_reply::events(std::string_view) {
  co_return true;
}
net::task<bool> kept_reply::end_events(const pipeline::answer_note&) {
  co_return true;
}
net::task<bool> kept_reply::break_events(const error& why, const pipeline::answer_note& note) {
  co_return co_await refuse(why, note);
}

} // namespace inferenceflow::api
