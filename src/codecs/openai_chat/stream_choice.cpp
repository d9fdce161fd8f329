#include "codecs/openai_chat/stream_choice.h"

#include "codecs/openai_chat/annotation.h"
#include "codecs/openai_chat/answer_read.h"
#include "codecs/openai_chat/message_read.h"
#include "codecs/openai_chat/part_read.h"

#include <algorithm>
#include <utility>

namespace inferenceflow::codecs::openai_chat {

using dialogue::event;
using dialogue::event_handler;
using dialogue::event_kind;
using dialogue::json_view;
using dialogue::part_kind;
using dialogue::protocol;

event stream_choice::at(event_kind kind) const {
  event happened;
  happened.kind = kind;
  happened.choice = index_;
  happened.part = next_part_ - 1;
  return happened;
}

void stream_choice::open(event opened, const event_handler& handle) {
  close(handle);
  open_ = opened.opened;
  opened.kind = event_kind::part_begin;
  opened.choice = index_;
  opened.part = next_part_++;
  handle(opened);
  if (opened.opened == part_kind::text && !held_.text.empty()) {
    const std::string signature = std::exchange(held_.text, {});
    sign(signature, protocol::gemini, handle);
  }
}

void stream_choice::close(const event_handler& handle) {
  if (!open_) {
    return;
  }
  if (is_open(part_kind::tool_call) && call_.index) {
    ended_calls_.push_back(*call_.index);
  }
  open_.reset();
  track_.close();
  handle(at(event_kind::part_end));
}

void stream_choice::say(event_kind kind, std::string_view text, const event_handler& handle) const {
  if (!text.empty()) {
    event happened = at(kind);
    happened.text = text;
    handle(happened);
  }
}

void stream_choice::sign(std::string_view signature, protocol origin, const event_handler& handle) const {
  event happened = at(event_kind::signature);
  happened.text = signature;
  happened.origin = origin;
  handle(happened);
}

void stream_choice::take(const json_view& choice, const event_handler& handle) {
  read_logprobs(choice, logprobs_);
  auto delta = choice.member("delta");
  if (!delta.present()) {
    delta = choice.member("message"); // a host that streams one whole message
  }
  bool plain = true; // text alone, as nearly every delta
  delta.members(
      [&](std::string_view name, const json_view&) { plain = plain && (name == "content" || name == "role"); });
  if (!plain) {
    take_reasoning(delta, handle);
  }
  take_content(delta.member("content"), handle);
  if (!plain) {
    take_rest(delta, handle);
  }
  choice_end end = read_end(choice);
  if (end.reason != dialogue::finish::none) {
    finish_ = std::move(end);
  }
}

void stream_choice::take_rest(const json_view& delta, const event_handler& handle) {
  if (const std::string_view refusal = delta.member("refusal").text(); !refusal.empty()) {
    if (!is_open(part_kind::refusal)) {
      open({.opened = part_kind::refusal}, handle);
    }
    refused_ = true;
    say(event_kind::refusal, refusal, handle);
  }
  delta.member("tool_calls").each([&](const json_view& call) { take_call(call, false, handle); });
  if (const auto legacy = delta.member("function_call"); legacy.is_object()) {
    take_call(legacy, true, handle);
  }
  take_beside(delta, handle);
}

void stream_choice::take_reasoning(const json_view& delta, const event_handler& handle) {
  const auto details = delta.member("reasoning_details");
  const std::string_view plain = plain_reasoning(delta);
  if (!plain.empty() && !(details.is_array() && details_hold_text(details))) {
    if (!is_open(part_kind::reasoning) || !track_.goes_on_plain()) {
      open({.opened = part_kind::reasoning}, handle);
      track_.open({});
    }
    track_.add({.text = plain});
    say(event_kind::reasoning, plain, handle);
  }
  if (details.is_array()) {
    details.each([&](const json_view& entry) { take_entry(read_entry(entry), handle); });
  }
}

void stream_choice::take_entry(const reasoning_entry& entry, const event_handler& handle) {
  if (entry.text.empty() && entry.signature.empty() && entry.redacted.empty()) {
    return;
  }
  if (!track_.goes_on(entry)) {
    if (entry.origin == protocol::gemini && entry.text.empty()) {
      take_proof(entry, handle);
      return;
    }
    open({.opened = part_kind::reasoning, .id = entry.id, .summary = entry.summary}, handle);
    track_.open(entry);
  }
  track_.add(entry);
  say(event_kind::reasoning, entry.text, handle);
  if (!entry.signature.empty()) {
    sign(entry.signature, entry.origin, handle);
  }
  if (!entry.redacted.empty()) {
    event happened = at(event_kind::redacted);
    happened.text = entry.redacted;
    happened.origin = entry.origin;
    handle(happened);
  }
}

/// Gemini's signature of a text or call: at once where that is open, else when it opens.
void stream_choice::take_proof(const reasoning_entry& entry, const event_handler& handle) {
  const std::string_view proof = entry.signature.empty() ? entry.redacted : entry.signature;
  const bool of_text = entry.id.empty() && is_open(part_kind::text);
  const bool of_call = !entry.id.empty() && is_open(part_kind::tool_call) && entry.id == call_.id;
  if (of_text || of_call) {
    sign(proof, protocol::gemini, handle);
  } else {
    static_cast<void>(held_.take(entry));
  }
}

void stream_choice::take_content(const json_view& content, const event_handler& handle) {
  if (!content.is_array()) {
    take_text(content.text(), handle);
    return;
  }
  std::vector<dialogue::part> parts; // Mistral: pieces of thinking and of text
  read_content(content, parts);
  for (const dialogue::part& one : parts) {
    if (const auto* words = std::get_if<dialogue::text_part>(&one)) {
      take_text(words->text, handle);
    } else if (const auto* thought = std::get_if<dialogue::reasoning_part>(&one); thought && !thought->text.empty()) {
      if (!is_open(part_kind::reasoning)) {
        open({.opened = part_kind::reasoning}, handle);
        track_.open({});
      }
      say(event_kind::reasoning, thought->text, handle);
    } else if (const auto* block = std::get_if<dialogue::opaque_part>(&one)) {
      open({.opened = part_kind::opaque, .text = block->json, .name = block->type, .origin = block->origin}, handle);
      close(handle);
    }
  }
}

void stream_choice::take_text(std::string_view text, const event_handler& handle) {
  if (text.empty()) {
    return;
  }
  if (!is_open(part_kind::text)) {
    open({.opened = part_kind::text}, handle);
  }
  said_.append(text);
  event happened = at(event_kind::text);
  happened.text = text;
  happened.logprobs = logprobs_;
  handle(happened);
  logprobs_.clear();
}

bool stream_choice::goes_on(std::optional<std::int64_t> index, std::string_view id, std::string_view name) const {
  if (!is_open(part_kind::tool_call)) {
    return false;
  }
  if (index && call_.index && *index != *call_.index) {
    return false;
  }
  const bool other_id = !id.empty() && id != call_.id;
  const bool another = index ? other_id && !name.empty() : other_id || (id.empty() && !name.empty());
  return !another; // some hosts give every call the same index, or none
}

void stream_choice::take_call(const json_view& call, bool legacy, const event_handler& handle) {
  const bool custom = !legacy && (call.member("custom").is_object() && !call.member("function").present());
  const auto body = legacy ? call : call.member(custom ? "custom" : "function");
  const auto arguments = body.member(custom ? "input" : "arguments");
  const std::string as_object = arguments.is_object() ? arguments.json() : std::string{};
  const std::string_view piece = arguments.is_object() ? std::string_view{as_object} : arguments.text();
  const auto index = legacy ? std::optional<std::int64_t>{} : call.member("index").integer();
  const std::string_view id = legacy ? std::string_view{} : call.member("id").text();
  const std::string_view name = body.member("name").text();
  if (legacy && name.empty() && piece.empty()) {
    return; // {"name": "", "arguments": ""} stands for none
  }
  const bool on = legacy ? is_open(part_kind::tool_call) && name.empty() : goes_on(index, id, name);
  if (!on) {
    const bool late =
        index && name.empty() && std::find(ended_calls_.begin(), ended_calls_.end(), *index) != ended_calls_.end();
    if (late && piece.empty()) {
      return;
    }
    if (late || name.empty()) {
      call.fail(late ? "goes on with a call after another part has begun" : "begins a call without a name");
      return;
    }
    begin_call(call, body, custom, handle);
    call_.index = index;
  }
  say(event_kind::arguments, piece, handle);
}

void stream_choice::begin_call(const json_view& call, const json_view& body, bool custom, const event_handler& handle) {
  std::string id{call.member("id").text()};
  std::string signature = held_.for_call(id);
  if (const auto google = call.member("extra_content").member("google"); google.present()) {
    signature = google.member("thought_signature").text();
  }
  if (id.empty()) {
    id = made_id(made_ids_++);
  }
  open({.opened = part_kind::tool_call,
        .id = id,
        .name = body.member("name").text(),
        .signature = signature,
        .custom = custom},
       handle);
  call_ = {.index = std::nullopt, .id = std::move(id), .custom = custom};
  ++calls_;
}

void stream_choice::take_beside(const json_view& delta, const event_handler& handle) {
  delta.member("annotations").each([&](const json_view& annotation) {
    const auto source = read_annotation(annotation, said_);
    if (source && is_open(part_kind::text)) {
      event happened = at(event_kind::cited);
      happened.source = &*source;
      handle(happened);
    }
  });
  delta.member("images").each([&](const json_view& image) {
    dialogue::media_part made;
    read_url(image.member("image_url").member("url").text(), made);
    if (!made.data_base64.empty()) {
      open({.opened = part_kind::media, .text = made.data_base64, .name = made.media_type}, handle);
      close(handle);
    }
  });
  if (const auto audio = delta.member("audio"); audio.is_object() && !audio.member("id").text().empty()) {
    const std::string json = audio.json();
    open({.opened = part_kind::opaque, .text = json, .name = k_message_audio, .origin = protocol::openai_chat}, handle);
    close(handle);
  }
}

void stream_choice::end(const event_handler& handle) {
  close(handle);
  for (const dialogue::reasoning_part& left : held_.leftovers()) {
    open({.opened = part_kind::reasoning, .id = left.id}, handle);
    if (!left.signature.empty()) {
      sign(left.signature, protocol::gemini, handle);
    } else {
      event happened = at(event_kind::redacted);
      happened.text = left.redacted;
      happened.origin = protocol::gemini;
      handle(happened);
    }
    close(handle);
  }
  event happened;
  happened.kind = event_kind::finish;
  happened.choice = index_;
  happened.reason = settled(finish_.reason, calls_ > 0, refused_);
  happened.text = finish_.stop_sequence;
  handle(happened);
}

} // namespace inferenceflow::codecs::openai_chat
