#include "codecs/gemini/stream_write.h"

#include "codecs/gemini/error.h"
#include "codecs/gemini/tables.h"

#include <utility>

namespace inferenceflow::codecs::gemini {

using dialogue::event;
using dialogue::event_kind;
using dialogue::part_kind;
using dialogue::protocol;

stream_writer::stream_writer(const dialogue::stream_wish& wish, stream_form form)
    : model_(wish.model)
    , model_is_wished_(!wish.model.empty())
    , form_(form) {}

void stream_writer::open_event(std::string& out) {
  if (form_ == stream_form::events) {
    out += "data: ";
  } else {
    out += any_event_ ? ",\r\n" : "[";
  }
  any_event_ = true;
}

void stream_writer::close_event(std::string& out) {
  if (form_ == stream_form::events) {
    out += "\r\n\r\n"; // as Google ends its lines: some of its clients split at nothing else
  }
}

template <class F>
void stream_writer::write_piece(std::uint32_t choice, std::span<const dialogue::token_logprob> logprobs,
                                std::string& out, F&& f) {
  open_event(out);
  json_out json{out};
  json.open_object();
  json.key("candidates");
  json.open_array();
  json.open_object();
  json.key("content");
  json.open_object();
  json.key("parts");
  json.open_array();
  f(json);
  json.close_array();
  json.member("role", "model");
  json.close_object();
  json.member("index", std::int64_t{choice});
  write_logprobs(json, logprobs);
  json.close_object();
  json.close_array();
  write_frame(json, frame(), usage_);
  json.close_object();
  close_event(out);
}

void stream_writer::write(const event& happened, std::string& out) {
  if (closed_) {
    return;
  }
  switch (happened.kind) {
  case event_kind::begin:
    id_ = happened.id;
    if (!model_is_wished_) {
      model_ = happened.name;
    }
    created_s_ = happened.created_s;
    return;
  case event_kind::usage:
    if (happened.tokens != nullptr) {
      usage_ = *happened.tokens;
    }
    return;
  case event_kind::failure: fail(happened.why == nullptr ? error{} : *happened.why, out); return;
  case event_kind::end: end(out); return;
  default: break;
  }
  progress& of = choices_[happened.choice];
  switch (happened.kind) {
  case event_kind::part_begin: begin_part(of, happened, out); break;
  case event_kind::text:
  case event_kind::refusal:
  case event_kind::reasoning: take_text(of, happened, out); break;
  case event_kind::arguments:
    if (of.call) {
      of.call->arguments += happened.text;
    }
    break;
  case event_kind::signature: take_signature(of, happened, out); break;
  case event_kind::redacted: losses_.add("signature"); break;
  case event_kind::cited:
    if (happened.source != nullptr) {
      of.open_citations.push_back(*happened.source);
    }
    break;
  case event_kind::part_end: end_part(of, happened, out); break;
  case event_kind::finish:
    of.reason = happened.reason;
    note_finish_losses(happened.reason, happened.text, losses_);
    break;
  default: break;
  }
}

void stream_writer::begin_part(progress& of, const event& happened, std::string& out) {
  of.kind = happened.opened;
  of.base = of.in_run ? of.run.size() : 0;
  switch (happened.opened) {
  case part_kind::text:
  case part_kind::refusal: return;
  case part_kind::tool_call:
    of.call = dialogue::tool_call_part{.id = std::string{happened.id},
                                       .name = std::string{happened.name},
                                       .custom = happened.custom,
                                       .signature = std::string{happened.signature}};
    break;
  case part_kind::reasoning: break;
  case part_kind::media:
    write_piece(happened.choice, {}, out, [&](json_out& json) { write_inline(json, happened.name, happened.text); });
    break;
  case part_kind::opaque: {
    const auto json =
        happened.origin == protocol::gemini ? embeddable(happened.text, json_shape::object) : std::nullopt;
    if (!json) {
      losses_.add(happened.name.empty() ? "opaque" : happened.name);
      return;
    }
    write_piece(happened.choice, {}, out, [&](json_out& piece) { piece.raw(*json); });
    break;
  }
  }
  of.in_run = false;
  ++of.number;
}

void stream_writer::take_text(progress& of, const event& happened, std::string& out) {
  const bool thought = happened.kind == event_kind::reasoning;
  if (!thought) {
    if (!of.in_run) {
      of.in_run = true;
      of.run.clear();
      of.base = 0;
      ++of.number;
    }
    of.run += happened.text;
  }
  write_piece(happened.choice, happened.logprobs, out,
              [&](json_out& json) { write_text(json, happened.text, thought, {}); });
}

void stream_writer::take_signature(progress& of, const event& happened, std::string& out) {
  if (of.call) {
    of.call->signature = happened.text;
    return;
  }
  if (happened.origin != protocol::gemini) {
    losses_.add("signature");
    return;
  }
  const bool thought = of.kind == part_kind::reasoning;
  of.is_signed = true;
  write_piece(happened.choice, {}, out, [&](json_out& json) { write_text(json, {}, thought, happened.text); });
}

void stream_writer::end_part(progress& of, const event& happened, std::string& out) {
  if (of.call) {
    bool altered = false;
    const std::string arguments = arguments_object(of.call->arguments, of.call->custom, altered);
    if (altered) {
      losses_.add("arguments");
    }
    write_piece(happened.choice, {}, out,
                [&](json_out& json) { write_call(json, of.call->id, of.call->name, arguments, of.call->signature); });
    of.call.reset();
  }
  const std::string_view words = of.in_run ? std::string_view{of.run}.substr(of.base) : std::string_view{};
  for (dialogue::citation& source : of.open_citations) {
    add_citation(of.cited, std::move(source), words, of.base, of.number == 0 ? 0 : of.number - 1);
  }
  of.open_citations.clear();
  of.in_run = of.in_run && !of.is_signed; // what follows a signature is a part of its own
  of.is_signed = false;
}

void stream_writer::end(std::string& out) {
  open_event(out);
  json_out json{out};
  json.open_object();
  json.key("candidates");
  json.open_array();
  for (const auto& [index, of] : choices_) {
    json.open_object();
    json.key("content");
    json.open_object();
    json.key("parts");
    json.open_array();
    write_text(json, {}, false, {});
    json.close_array();
    json.member("role", "model");
    json.close_object();
    json.member_unless_empty("finishReason", finish_name(of.reason));
    json.member("index", std::int64_t{index});
    if (!of.cited.empty()) {
      of.cited.write(json);
    }
    json.close_object();
  }
  json.close_array();
  write_frame(json, frame(), usage_);
  json.close_object();
  close_event(out);
  if (form_ == stream_form::array) {
    out += "]";
  }
  if (usage_ && usage_->cache_write > 0) {
    losses_.add("usage.cache_write");
  }
  closed_ = true;
}

void stream_writer::fail(const error& why, std::string& out) {
  open_event(out);
  out += status_document(why);
  close_event(out);
  if (form_ == stream_form::array) {
    out += "]";
  }
  closed_ = true;
}

} // namespace inferenceflow::codecs::gemini
