#include "codecs/gemini/stream_read.h"

#include "codecs/gemini/error.h"
#include "codecs/gemini/part_write.h"

#include <algorithm>
#include <utility>

namespace inferenceflow::codecs::gemini {

using dialogue::event;
using dialogue::event_handler;
using dialogue::event_kind;
using dialogue::finish;
using dialogue::part_kind;

stream_reader::stream_reader(std::size_t event_bytes_max)
    : events_(event_bytes_max)
    , elements_(event_bytes_max) {}

void stream_reader::push(std::string_view bytes, const event_handler& handle) {
  if (form_ == form::unknown && !closed_) {
    bytes.remove_prefix(std::min(bytes.find_first_not_of(" \t\r\n"), bytes.size()));
    if (bytes.empty()) {
      return;
    }
    form_ = bytes.front() == '[' || bytes.front() == '{' ? form::array : form::events;
  }
  if (closed_) {
    return;
  }
  bool fits = true;
  if (form_ == form::array) {
    fits = elements_.push(bytes, [&](std::string_view element) { take_document(element, handle); });
  } else {
    fits = events_.push(bytes, [&](const wire::sse::event& told) {
      if (told.data != "[DONE]") { // some gateways in front of Gemini end streams as OpenAI does
        take_document(told.data, handle);
      }
    });
  }
  if (!fits && !closed_) {
    fail(make_error(error_kind::upstream_failed,
                    "the upstream's stream is not Gemini's, or an event of it is too large"),
         handle);
  }
}

void stream_reader::finish(const event_handler& handle) {
  if (form_ == form::events) {
    push("\n\n", handle); // an event whose blank line is missing counts
  }
  if (closed_) {
    return;
  }
  const bool cut_off = form_ == form::array && !elements_.ended();
  bool finished = !choices_.empty() || blocked_;
  for (const auto& [index, of] : choices_) {
    finished = finished && of.reason != finish::none;
  }
  if (cut_off || !finished) {
    fail(make_error(error_kind::upstream_failed, begun_ ? "the upstream ended its stream before the answer was complete"
                                                        : "the upstream's stream held no answer"),
         handle);
    return;
  }
  end(handle);
}

void stream_reader::end(const event_handler& handle) {
  if (choices_.empty()) {
    choices_[0].reason = finish::content_filter; // the prompt was refused
  }
  for (auto& [index, of] : choices_) {
    close(index, handle);
    const bool waits = of.reason == finish::stop && of.calls;
    handle({.kind = event_kind::finish, .choice = index, .reason = waits ? finish::tool_calls : of.reason});
  }
  handle({.kind = event_kind::end});
  closed_ = true;
}

void stream_reader::fail(const error& why, const event_handler& handle) {
  handle({.kind = event_kind::failure, .why = &why});
  closed_ = true;
}

void stream_reader::take_document(std::string_view json, const event_handler& handle) {
  if (closed_) {
    return;
  }
  dialogue::json_document document;
  const dialogue::json_view root = document.parse(json);
  if (root.is_object() && root.member("error").present()) {
    fail(read_status(json), handle);
    return;
  }
  if (!document.failure() && !root.is_object()) {
    root.fail("must be an object");
  }
  chunk told = chunks_.read(root);
  if (document.failure() || !root.present()) {
    fail(document.failure() ? not_gemini(*document.failure())
                            : make_error(error_kind::upstream_failed, "the upstream's stream holds an empty event"),
         handle);
    return;
  }
  if (!told.is_gemini) {
    return;
  }
  if (!begun_) {
    handle({.kind = event_kind::begin, .id = told.id, .name = told.model, .created_s = told.created_s});
    begun_ = true;
  }
  blocked_ = blocked_ || told.blocked;
  for (candidate& given : told.candidates) {
    take_candidate(given, handle);
  }
  if (told.usage) { // again even if nothing changed: it counts the text of this chunk too
    usage_ = told.usage;
    handle({.kind = event_kind::usage, .tokens = &*usage_});
  }
}

void stream_reader::take_candidate(candidate& given, const event_handler& handle) {
  const auto choice = static_cast<std::uint32_t>(given.index);
  progress& of = choices_[choice];
  for (numbered_part& part : given.parts) {
    take_part(choice, part, given.logprobs, handle);
  }
  if (!given.logprobs.empty() && of.open && of.kind == part_kind::text) {
    handle({.kind = event_kind::text, .choice = choice, .part = of.part, .logprobs = given.logprobs});
  }
  take_citations(choice, given.citations, handle);
  if (given.reason != finish::none) {
    of.reason = given.reason;
  }
}

void stream_reader::take_part(std::uint32_t choice, numbered_part& part, std::vector<dialogue::token_logprob>& logprobs,
                              const event_handler& handle) {
  const bool first = part.number == 0;
  if (const auto* words = std::get_if<dialogue::text_part>(&part.what)) {
    take_text(choice, *words, first, logprobs, handle);
  } else if (const auto* thought = std::get_if<dialogue::reasoning_part>(&part.what)) {
    take_thought(choice, *thought, first, handle);
  } else if (const auto* call = std::get_if<dialogue::tool_call_part>(&part.what)) {
    choices_[choice].calls = true;
    take_whole(choice,
               {.opened = part_kind::tool_call, .id = call->id, .name = call->name, .signature = call->signature},
               call->arguments, handle);
  } else if (const auto* made = std::get_if<dialogue::media_part>(&part.what)) {
    take_media(choice, *made, handle);
  } else if (const auto* block = std::get_if<dialogue::opaque_part>(&part.what)) {
    take_whole(choice, {.opened = part_kind::opaque, .text = block->json, .name = block->type, .origin = block->origin},
               {}, handle);
  }
}

/// Events have no place for a file's address: such a part goes whole to whoever speaks Gemini.
void stream_reader::take_media(std::uint32_t choice, const dialogue::media_part& made, const event_handler& handle) {
  if (!made.data_base64.empty()) {
    take_whole(choice, {.opened = part_kind::media, .text = made.data_base64, .name = made.media_type}, {}, handle);
    return;
  }
  std::string block;
  json_out out{block};
  write_file(out, made.media_type, made.url.empty() ? made.file_id : made.url);
  take_whole(choice,
             {.opened = part_kind::opaque, .text = block, .name = "fileData", .origin = dialogue::protocol::gemini}, {},
             handle);
}

void stream_reader::take_text(std::uint32_t choice, const dialogue::text_part& words, bool first,
                              std::vector<dialogue::token_logprob>& logprobs, const event_handler& handle) {
  progress& of = choices_[choice];
  if (!of.open || of.kind != part_kind::text || of.sealed || !first) {
    open(choice, {.opened = part_kind::text}, handle);
  }
  if (!words.text.empty()) {
    handle({.kind = event_kind::text, .choice = choice, .part = of.part, .text = words.text, .logprobs = logprobs});
    logprobs.clear();
    of.text_bytes += static_cast<std::int64_t>(words.text.size());
  }
  sign(choice, words.signature, handle);
}

void stream_reader::take_thought(std::uint32_t choice, const dialogue::reasoning_part& thought, bool first,
                                 const event_handler& handle) {
  progress& of = choices_[choice];
  if (!of.open || of.kind != part_kind::reasoning || of.sealed || !first) {
    open(choice, {.opened = part_kind::reasoning, .origin = dialogue::protocol::gemini, .summary = true}, handle);
  }
  if (!thought.text.empty()) {
    handle({.kind = event_kind::reasoning, .choice = choice, .part = of.part, .text = thought.text});
  }
  sign(choice, thought.signature, handle);
}

/// A signature seals its part: what follows was not signed with it.
void stream_reader::sign(std::uint32_t choice, std::string_view signature, const event_handler& handle) {
  if (signature.empty()) {
    return;
  }
  handle({.kind = event_kind::signature,
          .choice = choice,
          .part = choices_[choice].part,
          .text = signature,
          .origin = dialogue::protocol::gemini});
  choices_[choice].sealed = true;
}

void stream_reader::take_whole(std::uint32_t choice, event opened, std::string_view arguments,
                               const event_handler& handle) {
  open(choice, opened, handle);
  if (!arguments.empty()) {
    handle({.kind = event_kind::arguments, .choice = choice, .part = choices_[choice].part, .text = arguments});
  }
  close(choice, handle);
}

/// Citations name places in the text that is open. What comes later than that keeps its source and loses its place.
void stream_reader::take_citations(std::uint32_t choice, std::vector<placed_citation>& citations,
                                   const event_handler& handle) {
  progress& of = choices_[choice];
  for (placed_citation& cited : citations) {
    if (!of.open || of.kind != part_kind::text) {
      open(choice, {.opened = part_kind::text}, handle);
    }
    if (cited.source.end > of.text_bytes) {
      cited.source.begin = cited.source.end = -1;
    }
    handle({.kind = event_kind::cited, .choice = choice, .part = of.part, .source = &cited.source});
  }
}

void stream_reader::open(std::uint32_t choice, event opened, const event_handler& handle) {
  close(choice, handle);
  progress& of = choices_[choice];
  of.open = true;
  of.sealed = false;
  of.kind = opened.opened;
  of.text_bytes = 0;
  opened.kind = event_kind::part_begin;
  opened.choice = choice;
  opened.part = of.part;
  handle(opened);
}

void stream_reader::close(std::uint32_t choice, const event_handler& handle) {
  progress& of = choices_[choice];
  if (of.open) {
    handle({.kind = event_kind::part_end, .choice = choice, .part = of.part});
    of.open = false;
    ++of.part;
  }
}

} // namespace inferenceflow::codecs::gemini
