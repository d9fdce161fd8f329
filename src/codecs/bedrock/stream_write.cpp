#include "codecs/bedrock/stream_write.h"

#include "codecs/bedrock/answer_write.h"
#include "codecs/bedrock/block_write.h"
#include "codecs/bedrock/error.h"
#include "codecs/bedrock/formats.h"
#include "codecs/bedrock/stop_reason.h"
#include "codecs/bedrock/usage.h"
#include "dialogue/json_view.h"

#include <array>
#include <utility>

namespace inferenceflow::codecs::bedrock {

using namespace dialogue;

void stream_writer::send(std::string_view event_type) {
  const std::array<stream_header, 3> headers{
      {{":event-type", event_type}, {":content-type", "application/json"}, {":message-type", "event"}}};
  append_message(*out_, headers, payload_);
}

void stream_writer::enter_block() {
  if (!in_block_) {
    in_block_ = true;
    ++next_block_;
  }
}

json_out stream_writer::begin_payload(std::string_view key) {
  enter_block();
  payload_.clear();
  json_out out{payload_};
  out.open_object().key("contentBlockIndex").integer(next_block_ - 1).key(key).open_object();
  return out;
}

void stream_writer::write(const event& happened, std::string& out) {
  if (closed_) {
    return;
  }
  out_ = &out;
  if (happened.choice > 0) { // Converse has one
    losses_.add("choices");
    return;
  }
  switch (happened.kind) {
  case event_kind::begin:
    losses_.add_if(!happened.id.empty(), "id");
    payload_ = R"({"role":"assistant"})";
    send("messageStart");
    break;
  case event_kind::part_begin: begin_part(happened); break;
  case event_kind::part_end: end_part(); break;
  case event_kind::finish: write_stop(happened); break;
  case event_kind::usage:
    if (happened.tokens != nullptr) {
      usage_ = *happened.tokens;
    }
    break;
  case event_kind::failure:
    if (happened.why != nullptr) {
      write_failure(*happened.why);
    }
    closed_ = true;
    break;
  case event_kind::end:
    write_metadata();
    closed_ = true;
    break;
  default: write_delta(happened);
  }
}

void stream_writer::begin_part(const event& happened) {
  losses_.add_if(!happened.signature.empty(), "signature");
  switch (happened.opened) {
  case part_kind::text: break;
  case part_kind::reasoning:
    losses_.add_if(!happened.id.empty(), "reasoning.id");
    losses_.add_if(happened.summary, "reasoning.summary");
    break;
  case part_kind::refusal: losses_.add("refusal"); break;
  case part_kind::tool_call: begin_tool_call(happened); break;
  case part_kind::media: write_image(happened); break;
  case part_kind::opaque: write_opaque(happened); break;
  }
}

void stream_writer::begin_tool_call(const event& happened) {
  custom_ = happened.custom;
  custom_input_.clear();
  losses_.add_if(custom_, "custom");
  json_out out = begin_payload("start");
  out.key("toolUse").open_object().key("toolUseId").text(happened.id).key("name").text(happened.name);
  out.close_object().close_object().close_object();
  send("contentBlockStart");
}

void stream_writer::write_image(const event& happened) {
  const std::string_view format =
      format_of({.kind = media_kind::image, .media_type = std::string{happened.name}, .data_base64 = {}});
  if (format.empty()) {
    losses_.add("media");
    return;
  }
  json_out start = begin_payload("start");
  start.key("image").open_object().key("format").text(format).close_object().close_object().close_object();
  send("contentBlockStart");
  json_out delta = begin_payload("delta");
  delta.key("image").open_object().key("source").open_object().key("bytes").text(happened.text);
  delta.close_object().close_object().close_object().close_object();
  send("contentBlockDelta");
}

/// Calls of tools that run at the provider, and their results, have a streamed form; other blocks of Converse do not.
void stream_writer::write_opaque(const event& happened) {
  json_document document;
  const json_view root = document.parse(happened.text);
  const bool own = happened.origin == protocol::bedrock && root.is_object();
  const json_view call = own ? root.member("toolUse") : root;
  const json_view outcome = own ? root.member("toolResult") : root;
  if (!own || (!call.is_object() && !outcome.is_object())) {
    losses_.add(happened.name);
    return;
  }
  const bool is_call = call.is_object();
  const json_view block = is_call ? call : outcome;
  json_out start = begin_payload("start");
  start.key(is_call ? "toolUse" : "toolResult").open_object();
  for (const std::string_view name : {"toolUseId", "name", "type", "status"}) {
    if (const json_view value = block.member(name); value.is_text()) {
      start.key(name).text(value.text());
    }
  }
  start.close_object().close_object().close_object();
  send("contentBlockStart");
  json_out delta = begin_payload("delta");
  if (is_call) {
    delta.key("toolUse").open_object().key("input").text(call.member("input").json()).close_object();
  } else {
    const json_view content = outcome.member("content");
    delta.key("toolResult").raw(content.is_array() ? content.json() : "[]");
  }
  delta.close_object().close_object();
  send("contentBlockDelta");
}

void stream_writer::write_delta(const event& happened) {
  switch (happened.kind) {
  case event_kind::text: losses_.add_if(!happened.logprobs.empty(), "logprobs"); [[fallthrough]];
  case event_kind::refusal:
    if (!happened.text.empty()) {
      begin_payload("delta").key("text").text(happened.text).close_object().close_object();
      send("contentBlockDelta");
    }
    break;
  case event_kind::cited:
    if (happened.source != nullptr) {
      json_out out = begin_payload("delta");
      out.key("citation");
      write_citation(*happened.source, out);
      out.close_object().close_object();
      send("contentBlockDelta");
    }
    break;
  case event_kind::arguments:
    if (custom_) {
      custom_input_.append(happened.text);
    } else if (!happened.text.empty()) {
      json_out out = begin_payload("delta");
      out.key("toolUse").open_object().key("input").text(happened.text).close_object().close_object().close_object();
      send("contentBlockDelta");
    }
    break;
  default: write_reasoning_delta(happened);
  }
}

void stream_writer::write_reasoning_delta(const event& happened) {
  const bool is_text = happened.kind == event_kind::reasoning;
  const std::string_view name = is_text                                  ? "text"
                                : happened.kind == event_kind::signature ? "signature"
                                                                         : "redactedContent";
  if (!is_text && happened.origin != protocol::bedrock) { // a client would send it back, and Bedrock refuse it
    losses_.add(happened.kind == event_kind::signature ? "signature" : "redacted");
    return;
  }
  if (!happened.text.empty()) {
    json_out out = begin_payload("delta");
    out.key("reasoningContent").open_object().key(name).text(happened.text);
    out.close_object().close_object().close_object();
    send("contentBlockDelta");
  }
}

void stream_writer::end_part() {
  if (custom_) {
    std::string input;
    json_out whole{input};
    write_input(custom_input_, whole);
    json_out out = begin_payload("delta");
    out.key("toolUse").open_object().key("input").text(input).close_object().close_object().close_object();
    send("contentBlockDelta");
    custom_ = false;
  }
  if (in_block_) {
    payload_.clear();
    json_out{payload_}.open_object().key("contentBlockIndex").integer(next_block_ - 1).close_object();
    send("contentBlockStop");
    in_block_ = false;
  }
}

void stream_writer::write_stop(const event& happened) {
  losses_.add_if(finish_of(stop_reason_of(happened.reason)) != happened.reason, "finish");
  payload_.clear();
  json_out out{payload_};
  out.open_object().key("stopReason").text(stop_reason_of(happened.reason));
  write_stop_sequence(happened.text, out);
  out.close_object();
  send("messageStop");
}

void stream_writer::write_metadata() {
  losses_.add_if(!usage_, "usage");
  losses_.add_if(usage_ && usage_->reasoning > 0, "usage.reasoning");
  payload_.clear();
  json_out out{payload_};
  out.open_object();
  write_usage(usage_, out);
  out.key("metrics").open_object().key("latencyMs").integer(0).close_object().close_object();
  send("metadata");
}

void stream_writer::write_failure(const error& why) {
  const std::array<stream_header, 3> headers{{{":exception-type", stream_exception_of(why)},
                                              {":content-type", "application/json"},
                                              {":message-type", "exception"}}};
  append_message(*out_, headers, message_body(why));
}

} // namespace inferenceflow::codecs::bedrock
