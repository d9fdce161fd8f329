#include "codecs/openai_chat/stream_write.h"

#include "codecs/openai_chat/annotation.h"
#include "codecs/openai_chat/answer_write.h"
#include "codecs/openai_chat/message_write.h"
#include "codecs/openai_chat/part_read.h"
#include "codecs/openai_chat/reasoning_details.h"
#include "codecs/openai_chat/usage.h"
#include "wire/openai/error_body.h"

#include <utility>

namespace inferenceflow::codecs::openai_chat {

using dialogue::event;
using dialogue::event_kind;
using dialogue::part_kind;

namespace {

constexpr std::string_view k_event = "data: ";
constexpr std::string_view k_event_end = "\n\n";

} // namespace

stream_writer::stream_writer(const dialogue::stream_wish& wish)
    : model_(wish.model)
    , created_s_(wish.created_s)
    , usage_wanted_(wish.usage) {}

template <class F> void stream_writer::chunk(std::uint32_t choice, std::string& out, F&& write_members) {
  out.append(k_event).append(head_).append(R"("choices":[{"index":)").append(std::to_string(choice));
  out.append(R"(,"delta":)");
  json_out json{out};
  json.open_object();
  write_members(json);
  json.close_object();
  out.append(R"(,"finish_reason":null}]})").append(k_event_end);
}

void stream_writer::write(const event& happened, std::string& out) {
  if (over_) {
    return;
  }
  switch (happened.kind) {
  case event_kind::begin: begin(happened, out); return;
  case event_kind::usage:
    if (happened.tokens != nullptr) {
      usage_ = *happened.tokens;
    }
    return;
  case event_kind::failure:
    over_ = true;
    if (happened.why != nullptr) {
      out.append(wire::openai::error_event(*happened.why));
    }
    return;
  case event_kind::end: end(out); return;
  default: break;
  }
  introduce(happened.choice, out);
  progress& of = choices_[happened.choice];
  switch (happened.kind) {
  case event_kind::part_begin: begin_part(happened, of, out); break;
  case event_kind::finish: write_finish(happened, of, out); break;
  case event_kind::part_end:
    if (of.open == part_kind::tool_call && !of.has_arguments && !of.custom) {
      write_arguments("{}", of, happened.choice, out);
    }
    break;
  default: write_delta(happened, of, out);
  }
}

void stream_writer::begin(const event& happened, std::string& out) {
  json_out json{head_};
  json.open_object().key("id").text(happened.id).key("object").text("chat.completion.chunk");
  json.key("created").integer(happened.created_s != 0 ? happened.created_s : created_s_);
  json.key("model").text(model_.empty() ? happened.name : std::string_view{model_});
  head_.push_back(',');
  introduce(0, out);
}

void stream_writer::introduce(std::uint32_t choice, std::string& out) {
  if (!std::exchange(choices_[choice].introduced, true)) {
    chunk(choice, out, [](json_out& json) { json.key("role").text("assistant").key("content").text(""); });
  }
}

void stream_writer::begin_part(const event& happened, progress& of, std::string& out) {
  of.open = happened.opened;
  switch (happened.opened) {
  case part_kind::text: of.text_begin = of.said.bytes(); break;
  case part_kind::refusal: of.refused = true; break;
  case part_kind::reasoning:
    ++of.reasonings;
    of.id = happened.id;
    of.summary = happened.summary;
    break;
  case part_kind::tool_call: begin_call(happened, of, out); break;
  case part_kind::media:
    if (happened.name.substr(0, 6) == "image/" && !happened.text.empty()) {
      chunk(happened.choice, out, [&](json_out& json) {
        json.key("images").open_array();
        write_image(json, happened.name, happened.text, {});
        json.close_array();
      });
    } else {
      note_loss(losses_, lost_block(happened.name));
    }
    break;
  case part_kind::opaque:
    if (happened.origin == dialogue::protocol::openai_chat && happened.name == k_message_audio &&
        is_json(happened.text)) {
      chunk(happened.choice, out, [&](json_out& json) { json.key("audio").raw(happened.text); });
    } else {
      note_loss(losses_, lost_block(happened.name));
    }
    break;
  }
}

void stream_writer::begin_call(const event& happened, progress& of, std::string& out) {
  of.id = happened.id;
  of.custom = happened.custom;
  of.has_arguments = false;
  chunk(happened.choice, out, [&](json_out& json) {
    if (!happened.signature.empty()) {
      json.key("reasoning_details").open_array();
      write_proof_entry(json, happened.signature, true, happened.id, dialogue::protocol::gemini, ++of.reasonings);
      json.close_array();
    }
    const std::string_view kind = happened.custom ? "custom" : "function";
    json.key("tool_calls").open_array().open_object().key("index").integer(of.calls).key("id").text(happened.id);
    json.key("type").text(kind).key(kind).open_object().key("name").text(happened.name);
    json.key(happened.custom ? "input" : "arguments").text("").close_object().close_object().close_array();
  });
  ++of.calls;
}

void stream_writer::write_arguments(std::string_view piece, progress& of, std::uint32_t choice, std::string& out) {
  of.has_arguments = of.has_arguments || !piece.empty();
  chunk(choice, out, [&](json_out& json) {
    json.key("tool_calls").open_array().open_object().key("index").integer(of.calls - 1);
    json.key(of.custom ? "custom" : "function").open_object().key(of.custom ? "input" : "arguments").text(piece);
    json.close_object().close_object().close_array();
  });
}

void stream_writer::write_delta(const event& happened, progress& of, std::string& out) {
  switch (happened.kind) {
  case event_kind::text:
    of.said.append(happened.text);
    out.append(k_event).append(head_).append(R"("choices":[{"index":)").append(std::to_string(happened.choice));
    out.append(R"(,"delta":{"content":)");
    json_out{out}.text(happened.text);
    out.append("}");
    if (!happened.logprobs.empty()) {
      out.append(R"(,"logprobs":)");
      json_out logprobs{out};
      write_logprobs(logprobs, happened.logprobs);
    }
    out.append(R"(,"finish_reason":null}]})").append(k_event_end);
    break;
  case event_kind::arguments: write_arguments(happened.text, of, happened.choice, out); break;
  case event_kind::reasoning:
    chunk(happened.choice, out, [&](json_out& json) {
      json.key("reasoning_content").text(happened.text).key("reasoning_details").open_array();
      write_text_entry(json, happened.text, of.summary, of.id, of.reasonings);
      json.close_array();
    });
    break;
  case event_kind::signature:
  case event_kind::redacted: write_proof(happened, of, out); break;
  case event_kind::refusal:
    chunk(happened.choice, out, [&](json_out& json) { json.key("refusal").text(happened.text); });
    break;
  case event_kind::cited:
    if (happened.source != nullptr && fits_annotation(*happened.source)) {
      chunk(happened.choice, out, [&](json_out& json) {
        json.key("annotations").open_array();
        write_annotation(json, *happened.source, of.said, of.text_begin);
        json.close_array();
      });
    } else {
      note_loss(losses_, "citations");
    }
    break;
  default: break;
  }
}

void stream_writer::write_proof(const event& happened, progress& of, std::string& out) {
  const bool visible = of.open != part_kind::reasoning; // of a text or call, and so Gemini's
  const bool redacted = happened.kind == event_kind::redacted || of.open == part_kind::tool_call;
  const std::string_view id = of.open == part_kind::text ? std::string_view{} : std::string_view{of.id};
  of.reasonings += visible ? 1 : 0;
  chunk(happened.choice, out, [&](json_out& json) {
    json.key("reasoning_details").open_array();
    write_proof_entry(json, happened.text, redacted, id, visible ? dialogue::protocol::gemini : happened.origin,
                      of.reasonings);
    json.close_array();
  });
}

void stream_writer::write_finish(const event& happened, const progress& of, std::string& out) {
  if (happened.reason == dialogue::finish::paused) {
    note_loss(losses_, "finish.paused");
  }
  out.append(k_event).append(head_).append(R"("choices":)");
  json_out json{out};
  json.open_array().open_object().key("index").integer(happened.choice).key("delta").open_object().close_object();
  write_end(json, happened.reason, happened.text, of.refused);
  json.close_object().close_array();
  out.append("}").append(k_event_end);
}

void stream_writer::end(std::string& out) {
  over_ = true;
  if (usage_wanted_ && usage_) {
    out.append(k_event).append(head_).append(R"("choices":[],"usage":)");
    json_out json{out};
    write_usage(json, *usage_);
    out.append("}").append(k_event_end);
  }
  out.append(k_event).append("[DONE]").append(k_event_end);
}

} // namespace inferenceflow::codecs::openai_chat
