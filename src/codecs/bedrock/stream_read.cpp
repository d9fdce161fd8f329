#include "codecs/bedrock/stream_read.h"

#include "codecs/bedrock/answer_read.h"
#include "codecs/bedrock/answer_write.h"
#include "codecs/bedrock/block_read.h"
#include "codecs/bedrock/error.h"
#include "codecs/bedrock/formats.h"
#include "codecs/bedrock/stop_reason.h"
#include "codecs/bedrock/usage.h"

#include <fmt/format.h>
#include <utility>

namespace inferenceflow::codecs::bedrock {

using namespace dialogue;

void stream_reader::push(std::string_view bytes, const event_handler& handle) {
  if (closed_) {
    return;
  }
  handle_ = &handle;
  const bool fine = decoder_.push(bytes, [this](const stream_message& message) {
    if (!closed_) {
      take(message);
    }
  });
  if (!fine && !closed_) {
    fail(fmt::format("is no AWS event stream: {}", decoder_.fault()));
  }
}

void stream_reader::finish(const event_handler& handle) {
  if (closed_) {
    return;
  }
  handle_ = &handle;
  if (!stopped_ || decoder_.mid_message()) {
    fail("ended before the answer did");
    return;
  }
  emit({.kind = event_kind::end}); // without metadata: nothing is missing but the usage
  closed_ = true;
}

void stream_reader::emit(event happened) {
  happened.part = part_;
  (*handle_)(happened);
}

void stream_reader::emit_text(event_kind kind, std::string_view text) {
  emit({.kind = kind, .text = text, .origin = protocol::bedrock});
}

void stream_reader::fail(error why) {
  closed_ = true;
  (*handle_)({.kind = event_kind::failure, .why = &why});
}

void stream_reader::fail(std::string_view message) {
  fail(make_error(error_kind::upstream_failed, fmt::format("the upstream's stream {}", message)));
}

void stream_reader::take(const stream_message& message) {
  const std::string_view kind = message.header(":message-type");
  if (kind == "exception") {
    fail(read_exception(message.header(":exception-type"), message.payload()));
    return;
  }
  if (kind == "error") {
    std::string body;
    json_out{body}.open_object().key("message").text(message.header(":error-message")).close_object();
    fail(read_exception(message.header(":error-code"), body));
    return;
  }
  json_document document;
  const json_view root = document.parse(message.payload());
  if (!document.failure()) {
    take_event(message.header(":event-type"), root);
  }
  if (document.failure() && !closed_) {
    fail(fmt::format("holds a broken event: {}", document.failure()->message));
  }
}

void stream_reader::take_event(std::string_view type, const json_view& root) {
  if (type == "messageStart") {
    take_message_start();
    return;
  }
  const bool in_message =
      type == "contentBlockStart" || type == "contentBlockDelta" || type == "contentBlockStop" || type == "messageStop";
  if (!in_message && type != "metadata") {
    return; // unknown: newer than this reader
  }
  if (!begun_ || (in_message && stopped_)) {
    fail(begun_ ? "goes on after its message ended" : "begins in the middle of a message");
  } else if (type == "contentBlockDelta") {
    take_delta(root);
  } else if (type == "contentBlockStart") {
    take_block_start(root);
  } else if (type == "contentBlockStop") {
    take_block_stop(root);
  } else if (type == "messageStop") {
    take_message_stop(root);
  } else {
    take_metadata(root);
  }
}

void stream_reader::take_message_start() {
  if (begun_) {
    fail("begins a second message");
    return;
  }
  begun_ = true;
  emit({.kind = event_kind::begin});
}

bool stream_reader::enter_block(const json_view& root) {
  const json_view place = root.member("contentBlockIndex");
  const auto index = place.integer(0);
  if (!index) {
    place.fail("is missing");
    return false;
  }
  if (*index > block_) {
    close_part();
    block_ = *index;
    block_ended_ = false;
    return !closed_;
  }
  if (*index < block_ || block_ended_) {
    fail("goes back to a block that has ended");
    return false;
  }
  return true;
}

bool stream_reader::enter_part(content kind) {
  if (content_ == kind) {
    return true;
  }
  const bool may_change = content_ == content::none || content_ == content::text || content_ == content::reasoning;
  if (!may_change || (kind != content::text && kind != content::reasoning)) {
    fail("mixes kinds of content in one block");
    return false;
  }
  close_part();
  content_ = kind;
  emit({.kind = event_kind::part_begin, .opened = kind == content::text ? part_kind::text : part_kind::reasoning});
  return true;
}

bool stream_reader::hold(std::string_view text) {
  if (held_.size() + text.size() > held_bytes_max_) {
    fail("holds a block that is larger than allowed");
    return false;
  }
  held_.append(text);
  return true;
}

void stream_reader::hand_on_held() {
  if (content_ == content::image) {
    emit({.kind = event_kind::part_begin, .opened = part_kind::media, .text = held_, .name = name_});
    return;
  }
  std::string block;
  json_out out{block};
  const bool is_call = content_ == content::provider_call;
  const std::string_view type = is_call ? "toolUse" : "toolResult";
  out.open_object().key(type).open_object().key("toolUseId").text(id_);
  if (is_call) {
    out.key("name").text(name_).key("input");
    write_input(held_, out);
  } else {
    out.key("content").open_array();
    block.append(held_);
    out.close_array();
  }
  block.append(extra_);
  out.close_object().close_object();
  emit({.kind = event_kind::part_begin,
        .opened = part_kind::opaque,
        .text = block,
        .name = type,
        .origin = protocol::bedrock});
}

void stream_reader::close_part() {
  switch (content_) {
  case content::none: return;
  case content::text:
  case content::tool_call: break;
  case content::reasoning:
    if (!held_.empty()) {
      emit_text(event_kind::signature, held_);
    }
    break;
  case content::image:
  case content::provider_call:
  case content::provider_result: hand_on_held(); break;
  }
  emit({.kind = event_kind::part_end});
  ++part_;
  content_ = content::none;
  held_.clear();
}

void stream_reader::take_block_start(const json_view& root) {
  if (!enter_block(root)) {
    return;
  }
  if (content_ != content::none) {
    fail("begins a block twice");
    return;
  }
  const json_view start = root.member("start");
  const json_view call = start.member("toolUse");
  const json_view outcome = start.member("toolResult");
  const json_view kind = (call.present() ? call : outcome).member("type");
  extra_.clear();
  if (call.present() && kind.text() != "server_tool_use") {
    content_ = content::tool_call;
    emit({.kind = event_kind::part_begin,
          .opened = part_kind::tool_call,
          .id = call.member("toolUseId").required_text(),
          .name = call.member("name").required_text()});
  } else if (call.present() || outcome.present()) {
    content_ = call.present() ? content::provider_call : content::provider_result;
    id_ = (call.present() ? call : outcome).member("toolUseId").required_text();
    name_ = call.member("name").text();
    for (const std::string_view name : {"type", "status"}) {
      if (const json_view value = (call.present() ? call : outcome).member(name); value.present()) {
        extra_.append(fmt::format(R"(,"{}":{})", name, value.json()));
      }
    }
  } else if (const json_view image = start.member("image"); image.present()) {
    content_ = content::image;
    name_ = media_type_of(media_kind::image, image.member("format").text());
  }
}

void stream_reader::take_delta(const json_view& root) {
  if (!enter_block(root)) {
    return;
  }
  const json_view delta = root.member("delta");
  if (const json_view text = delta.member("text"); text.present()) {
    take_text(text.text());
  } else if (const json_view call = delta.member("toolUse"); call.present()) {
    take_input(call.member("input").text());
  } else if (const json_view thought = delta.member("reasoningContent"); thought.present()) {
    take_reasoning(thought);
  } else if (const json_view cited = delta.member("citation"); cited.present()) {
    const citation source = read_citation(cited);
    if (enter_part(content::text)) {
      emit({.kind = event_kind::cited, .source = &source});
    }
  } else if (const json_view image = delta.member("image"); image.present() && content_ == content::image) {
    static_cast<void>(hold(image.member("source").member("bytes").text()));
  } else if (const json_view outcome = delta.member("toolResult"); outcome.present()) {
    take_provider_result(outcome);
  }
}

void stream_reader::take_text(std::string_view text) {
  if (!text.empty() && enter_part(content::text)) { // empty ones are padding: a block of them is no part
    emit_text(event_kind::text, text);
  }
}

void stream_reader::take_input(std::string_view input) {
  if (content_ == content::provider_call) {
    static_cast<void>(hold(input));
  } else if (content_ != content::tool_call) {
    fail("holds input of a tool call that did not begin");
  } else if (!input.empty()) {
    emit_text(event_kind::arguments, input);
  }
}

void stream_reader::take_reasoning(const json_view& delta) {
  const std::string_view text = delta.member("text").text();
  const std::string_view signature = delta.member("signature").text();
  const std::string_view redacted = delta.member("redactedContent").text();
  if (!text.empty() && enter_part(content::reasoning)) {
    emit_text(event_kind::reasoning, text);
  }
  if (!signature.empty() && !closed_ && enter_part(content::reasoning)) {
    static_cast<void>(hold(signature)); // it is handed on whole
  }
  if (!redacted.empty() && !closed_) { // each is a part of its own, as in whole answers
    if (content_ == content::reasoning) {
      close_part();
    }
    if (enter_part(content::reasoning)) {
      emit_text(event_kind::redacted, redacted);
      close_part();
    }
  }
}

void stream_reader::take_provider_result(const json_view& delta) {
  if (content_ != content::provider_result) {
    fail("holds a tool's result that did not begin");
    return;
  }
  delta.each([&](const json_view& piece) {
    if (!closed_ && (held_.empty() || hold(","))) {
      static_cast<void>(hold(piece.present() ? piece.json() : "null"));
    }
  });
}

void stream_reader::take_block_stop(const json_view& root) {
  if (enter_block(root)) {
    close_part();
    block_ended_ = true;
  }
}

void stream_reader::take_message_stop(const json_view& root) {
  const json_view said = root.member("stopReason");
  const dialogue::finish reason = said.present() ? finish_of(said.text()) : dialogue::finish::none;
  close_part();
  std::string stop;
  if (reason == dialogue::finish::stop_sequence) {
    stop = read_stop_sequence(root.member("additionalModelResponseFields"));
  }
  stopped_ = true;
  emit({.kind = event_kind::finish, .text = stop, .reason = reason});
}

void stream_reader::take_metadata(const json_view& root) {
  if (const auto tokens = read_usage(root.member("usage"))) {
    emit({.kind = event_kind::usage, .tokens = &*tokens});
  }
  if (stopped_) {
    emit({.kind = event_kind::end});
    closed_ = true;
  }
}

} // namespace inferenceflow::codecs::bedrock
