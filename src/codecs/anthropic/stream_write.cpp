#include "codecs/anthropic/stream_write.h"

#include "codecs/anthropic/answer_write.h"
#include "codecs/anthropic/block_write.h"
#include "codecs/anthropic/error.h"
#include "codecs/anthropic/usage_block.h"
#include "codecs/anthropic/vocabulary.h"
#include "wire/json/text.h"
#include "wire/sse/codec.h"

#include <algorithm>

namespace inferenceflow::codecs::anthropic {

using dialogue::event;
using dialogue::event_kind;
using dialogue::part_kind;
using dialogue::protocol;

void stream_writer::write(const event& happened, std::string& out) {
  if (closed_) {
    return;
  }
  switch (happened.kind) {
  case event_kind::begin: begin(happened.id, happened.name, out); return;
  case event_kind::usage:
    if (happened.tokens != nullptr) {
      tokens_ = *happened.tokens;
    }
    return;
  case event_kind::failure:
    event_ = error_body(happened.why != nullptr ? *happened.why
                                                : make_error(error_kind::upstream_failed, "the answer broke off"));
    send("error", out);
    closed_ = true;
    return;
  case event_kind::end:
    end(out);
    closed_ = true;
    return;
  default: break;
  }
  if (happened.choice != 0) {
    lose("choices");
    return;
  }
  begin({}, {}, out);
  write_in_choice(happened, out);
}

void stream_writer::write_in_choice(const event& happened, std::string& out) {
  switch (happened.kind) {
  case event_kind::part_begin: begin_part(happened, out); break;
  case event_kind::text:
    if (!happened.logprobs.empty()) {
      lose("logprobs");
    }
    delta("text_delta", "text", happened.text, out);
    break;
  case event_kind::arguments: write_arguments(happened.text, out); break;
  case event_kind::reasoning:
  case event_kind::signature:
  case event_kind::redacted: write_thought(happened, out); break;
  case event_kind::refusal: refusal_ += happened.text; break;
  case event_kind::cited:
    if (happened.source != nullptr && open_) {
      event_.clear();
      json_writer json{event_};
      json.begin_object();
      json.text("type", "content_block_delta");
      json.number("index", blocks_ - 1);
      json.key("delta");
      json.begin_object();
      json.text("type", "citations_delta");
      json.key("citation");
      write_citation(json, *happened.source);
      json.end_object();
      json.end_object();
      send("content_block_delta", out);
    }
    break;
  case event_kind::part_end: end_part(out); break;
  case event_kind::finish:
    reason_ = happened.reason;
    stop_sequence_ = happened.text;
    if (loses_reason(reason_)) {
      lose("reason");
    }
    break;
  default: break;
  }
}

void stream_writer::begin(std::string_view id, std::string_view model, std::string& out) {
  if (begun_) {
    return;
  }
  begun_ = true;
  event_.clear();
  json_writer json{event_};
  json.begin_object();
  json.text("type", "message_start");
  json.key("message");
  json.begin_object();
  json.text("id", id.empty() ? k_nameless_id : id);
  json.text("type", "message");
  json.text("role", "assistant");
  json.text("model", model_.empty() ? model : std::string_view{model_});
  json.raw("content", "[]");
  json.raw("stop_reason", "null");
  json.raw("stop_sequence", "null");
  json.key("usage");
  write_usage(json, tokens_ ? &*tokens_ : nullptr, {});
  json.end_object();
  json.end_object();
  send("message_start", out);
}

void stream_writer::begin_part(const event& happened, std::string& out) {
  part_ = happened.opened;
  switch (part_) {
  case part_kind::text: open_with([](json_writer& json) { json.raw(R"({"type":"text","text":""})"); }, out); break;
  case part_kind::tool_call: begin_call(happened, out); break;
  case part_kind::opaque:
    if (happened.origin == protocol::anthropic && is_json_object(happened.text)) {
      open_with([&](json_writer& json) { json.raw(happened.text); }, out);
    } else {
      lose("opaque");
    }
    break;
  case part_kind::media: lose("media"); break;
  case part_kind::reasoning: // which block it becomes shows with its first delta
  case part_kind::refusal: break;
  }
}

void stream_writer::begin_call(const event& happened, std::string& out) {
  calls_tools_ = true;
  custom_ = happened.custom;
  if (!happened.signature.empty()) {
    lose("signature");
  }
  open_with(
      [&](json_writer& json) {
        json.begin_object();
        json.text("type", "tool_use");
        json.text("id", happened.id);
        json.text("name", happened.name);
        json.raw("input", "{}");
        json.end_object();
      },
      out);
  if (custom_) {
    lose("custom");
    delta("input_json_delta", "partial_json", R"({"input":")", out);
  }
}

void stream_writer::write_arguments(std::string_view piece, std::string& out) {
  if (!custom_) {
    delta("input_json_delta", "partial_json", piece, out);
    return;
  }
  std::string escaped;
  wire::json::append_escaped(escaped, piece);
  delta("input_json_delta", "partial_json", escaped, out);
}

void stream_writer::write_thought(const event& happened, std::string& out) {
  const bool own = happened.origin == protocol::anthropic && part_ == part_kind::reasoning;
  if (happened.kind != event_kind::reasoning && !own) {
    lose(happened.kind == event_kind::signature ? "signature" : "redacted");
    return;
  }
  if (happened.kind == event_kind::redacted) {
    if (!open_) {
      open_with([&](json_writer& json) { write_redacted(json, happened.text); }, out);
    } else {
      lose("redacted");
    }
    return;
  }
  if (!open_) {
    open_with([](json_writer& json) { write_thinking(json, {}, {}); }, out);
  }
  if (happened.kind == event_kind::reasoning) {
    delta("thinking_delta", "thinking", happened.text, out);
  } else {
    delta("signature_delta", "signature", happened.text, out);
  }
}

void stream_writer::end_part(std::string& out) {
  if (part_ == part_kind::tool_call && custom_) {
    delta("input_json_delta", "partial_json", R"("})", out);
    custom_ = false;
  }
  close_block(out);
}

void stream_writer::end(std::string& out) {
  begin({}, {}, out);
  close_block(out);
  event_.clear();
  json_writer json{event_};
  json.begin_object();
  json.text("type", "message_delta");
  json.key("delta");
  json.begin_object();
  json.text_or_null("stop_reason", stop_reason_of(reason_, calls_tools_, !refusal_.empty()));
  json.text_or_null("stop_sequence",
                    reason_ == dialogue::finish::stop_sequence ? std::string_view{stop_sequence_} : std::string_view{});
  if (!refusal_.empty()) {
    json.key("stop_details");
    write_refusal(json, refusal_);
  }
  json.end_object();
  json.key("usage");
  write_usage(json, tokens_ ? &*tokens_ : nullptr, {});
  json.end_object();
  send("message_delta", out);
  event_ = R"({"type":"message_stop"})";
  send("message_stop", out);
}

template <class F> void stream_writer::open_with(F&& block, std::string& out) {
  close_block(out);
  event_.clear();
  json_writer json{event_};
  json.begin_object();
  json.text("type", "content_block_start");
  json.number("index", blocks_++);
  json.key("content_block");
  block(json);
  json.end_object();
  send("content_block_start", out);
  open_ = true;
}

void stream_writer::delta(std::string_view type, std::string_view member, std::string_view text, std::string& out) {
  if (!open_ || text.empty()) {
    return;
  }
  event_.clear();
  json_writer json{event_};
  json.begin_object();
  json.text("type", "content_block_delta");
  json.number("index", blocks_ - 1);
  json.key("delta");
  json.begin_object();
  json.text("type", type);
  json.text(member, text);
  json.end_object();
  json.end_object();
  send("content_block_delta", out);
}

void stream_writer::close_block(std::string& out) {
  if (!open_) {
    return;
  }
  open_ = false;
  event_.clear();
  json_writer json{event_};
  json.begin_object();
  json.text("type", "content_block_stop");
  json.number("index", blocks_ - 1);
  json.end_object();
  send("content_block_stop", out);
}

void stream_writer::send(std::string_view type, std::string& out) {
  wire::sse::append_event(out, event_, type);
}

void stream_writer::lose(std::string_view what) {
  if (std::find(losses_.begin(), losses_.end(), what) == losses_.end()) {
    losses_.emplace_back(what);
  }
}

} // namespace inferenceflow::codecs::anthropic
