#include "codecs/cohere/stream_read.h"

#include "codecs/cohere/error.h"
#include "codecs/cohere/logprobs.h"
#include "codecs/cohere/usage.h"
#include "codecs/cohere/vocabulary.h"

#include <array>
#include <fmt/format.h>

namespace inferenceflow::codecs::cohere {

using dialogue::event;
using dialogue::event_kind;
using dialogue::json_view;
using dialogue::part_kind;

void stream_reader::push(std::string_view bytes, const dialogue::event_handler& handle) {
  if (closed_) {
    return;
  }
  handle_ = &handle;
  const bool fits = decoder_.push(bytes, [this](const wire::sse::event& received) { take(received); });
  if (!fits) {
    fail("the provider sent an event that is too large");
  }
  handle_ = nullptr;
}

void stream_reader::finish(const dialogue::event_handler& handle) {
  handle_ = &handle;
  fail("the provider ended its stream before the answer was complete");
  handle_ = nullptr;
}

void stream_reader::take(const wire::sse::event& received) {
  if (closed_) {
    return;
  }
  if (received.data == "[DONE]") {
    fail("the provider ended its stream before the answer was complete");
    return;
  }
  dialogue::json_document document;
  const json_view root = document.parse(received.data);
  if (!root.is_object() || document.failure()) {
    fail("the provider sent an event that is no JSON object");
    return;
  }
  const json_view type = root.member("type");
  take_event(type.present() ? type.text() : received.type, root, document);
  if (document.failure()) {
    fail(unreadable(*document.failure()));
  }
}

void stream_reader::take_event(std::string_view type, const json_view& root, const dialogue::json_document& document) {
  if (!begun_) {
    if (type == "message-start") {
      take_start(root);
    } else if (const json_view message = root.member("message"); message.is_text()) {
      fail(broken_stream(message.text(), false));
    } else if (type.substr(0, 8) == "content-" || type.substr(0, 5) == "tool-" || type == "message-end") {
      fail("the provider's stream does not begin with message-start");
    }
    return;
  }
  if (type == "content-delta") {
    take_content_delta(root);
  } else if (type == "tool-call-delta") {
    take_call_delta(root);
  } else if (type == "tool-plan-delta") {
    take_plan(root);
  } else if (type == "content-start") {
    take_content_start(root);
  } else if (type == "content-end") {
    if (open_ == open_kind::thinking) {
      close(); // text stays open: its citations may follow
    }
  } else if (type == "tool-call-start") {
    take_call_start(root);
  } else if (type == "tool-call-end") {
    if (open_ == open_kind::call) {
      close();
    }
  } else if (type == "citation-start") {
    take_citation(root);
  } else if (type == "message-end") {
    take_end(root, document);
  } else if (type == "message-start") {
    fail("the provider's stream begins twice");
  } else if (const json_view message = root.member("message"); message.is_text()) {
    fail(broken_stream(message.text(), false));
  }
}

void stream_reader::take_start(const json_view& root) {
  begun_ = true;
  emit({.kind = event_kind::begin, .id = root.member("id").text()});
}

void stream_reader::take_content_start(const json_view& root) {
  const auto index = root.member("index").integer();
  const json_view content = root.member("delta").member("message").member("content");
  const std::string_view type = content.member("type").text();
  if (type == "thinking") {
    open(open_kind::thinking, {.opened = part_kind::reasoning}, index);
    say(open_kind::thinking, content.member("thinking").text(), {});
  } else {
    open(open_kind::text, {.opened = part_kind::text}, index);
    say(open_kind::text, content.member("text").text(), {});
  }
}

void stream_reader::take_content_delta(const json_view& root) {
  const auto index = root.member("index").integer();
  const json_view content = root.member("delta").member("message").member("content");
  const json_view thinking = content.member("thinking");
  const open_kind kind = thinking.present() ? open_kind::thinking : open_kind::text;
  if (open_ != kind || (index && open_index_ && *index != *open_index_)) {
    open(kind, {.opened = kind == open_kind::thinking ? part_kind::reasoning : part_kind::text}, index);
  }
  const json_view item = root.member("logprobs");
  std::array<dialogue::token_logprob, 1> logprob;
  if (item.present()) {
    logprob[0] = read_logprob(item);
  }
  say(kind, kind == open_kind::thinking ? thinking.text() : content.member("text").text(),
      std::span{logprob}.first(item.present() ? 1 : 0));
}

void stream_reader::take_plan(const json_view& root) {
  const std::string_view piece = root.member("delta").member("message").member("tool_plan").text();
  if (piece.empty()) {
    return;
  }
  if (open_ != open_kind::plan) {
    open(open_kind::plan, {.opened = part_kind::reasoning, .id = k_tool_plan_id}, std::nullopt);
  }
  say(open_kind::plan, piece, {});
}

void stream_reader::take_call_start(const json_view& root) {
  const json_view call = root.member("delta").member("message").member("tool_calls");
  const json_view function = call.member("function");
  open(open_kind::call,
       {.opened = part_kind::tool_call, .id = call.member("id").text(), .name = function.member("name").text()},
       root.member("index").integer());
  say(open_kind::call, function.member("arguments").text(), {});
}

void stream_reader::take_call_delta(const json_view& root) {
  const auto index = root.member("index").integer();
  if (open_ != open_kind::call || (index && open_index_ && *index != *open_index_)) {
    fail("the provider's stream goes on with a tool call that is not open");
    return;
  }
  const json_view call = root.member("delta").member("message").member("tool_calls");
  say(open_kind::call, call.member("function").member("arguments").text(), {});
}

void stream_reader::take_citation(const json_view& root) {
  const json_view given = root.member("delta").member("message").member("citations");
  const json_view cited = given.is_array() && given.size() > 0 ? given.element(0) : given;
  const json_view type = cited.member("type");
  const auto block = cited.member("content_index").integer();
  if (open_ != open_kind::text || (type.present() && type.text() != "TEXT_CONTENT") ||
      (block && open_index_ && *block != *open_index_)) {
    return; // of thinking, of a plan, or of a text that is closed: the superset has no place for it
  }
  std::vector<dialogue::citation> citations;
  read_citation(cited, places_, citations);
  for (const dialogue::citation& each : citations) {
    emit({.kind = event_kind::cited, .part = part_, .source = &each});
  }
}

void stream_reader::take_end(const json_view& root, const dialogue::json_document& document) {
  const json_view delta = root.member("delta");
  const std::string_view word = delta.member("finish_reason").text();
  if (const json_view message = delta.member("error"); message.present()) {
    fail(broken_stream(message.is_text() ? message.text() : std::string_view{}, word == "TIMEOUT"));
    return;
  }
  const auto usage = read_usage(delta.member("usage"));
  if (document.failure()) {
    return; // take() tells it
  }
  close();
  emit({.kind = event_kind::finish, .reason = finish_of(word)});
  if (usage) {
    emit({.kind = event_kind::usage, .tokens = &*usage});
  }
  emit({.kind = event_kind::end});
  closed_ = true;
}

void stream_reader::open(open_kind kind, const event& begun, std::optional<std::int64_t> index) {
  close();
  open_ = kind;
  open_index_ = index;
  places_.clear();
  event opened = begun;
  opened.kind = event_kind::part_begin;
  opened.part = part_;
  emit(opened);
}

void stream_reader::close() {
  if (open_ != open_kind::nothing) {
    emit({.kind = event_kind::part_end, .part = part_});
    open_ = open_kind::nothing;
    ++part_;
  }
}

void stream_reader::say(open_kind kind, std::string_view piece, std::span<const dialogue::token_logprob> logprobs) {
  if (piece.empty() && logprobs.empty()) {
    return;
  }
  event said{.kind = event_kind::reasoning, .part = part_, .text = piece, .logprobs = {}};
  if (kind == open_kind::text) {
    places_.append(piece);
    said.kind = event_kind::text;
    said.logprobs = logprobs;
  } else if (kind == open_kind::call) {
    said.kind = event_kind::arguments;
  }
  emit(said);
}

void stream_reader::emit(event happened) {
  if (!closed_) {
    (*handle_)(happened);
  }
}

void stream_reader::fail(const error& why) {
  emit({.kind = event_kind::failure, .why = &why});
  closed_ = true;
}

void stream_reader::fail(std::string_view message) {
  fail(make_error(error_kind::upstream_failed, std::string{message}));
}

} // namespace inferenceflow::codecs::cohere
