#include "codecs/openai_responses/stream_read.h"

#include "codecs/openai_responses/error.h"

#include <algorithm>
#include <fmt/format.h>
#include <utility>

namespace inferenceflow::codecs::openai_responses {

using dialogue::event_handler;
using dialogue::event_kind;
using dialogue::json_view;
using dialogue::part_kind;

namespace {

bool starts_with(std::string_view text, std::string_view start) {
  return text.substr(0, start.size()) == start;
}

bool ends_with(std::string_view text, std::string_view end) {
  return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}

/// The caller never sent what is at fault here, so its place in the body is of no use to it.
error broken_stream(const error& fault) {
  return make_error(error_kind::upstream_failed, "the upstream's stream is broken: " + fault.message);
}

} // namespace

void stream_reader::push(std::string_view bytes, const event_handler& handle) {
  if (closed_) {
    return;
  }
  const bool fits = decoder_.push(bytes, [&](const wire::sse::event& raw) {
    if (!closed_) {
      take(raw, handle);
    }
  });
  if (!fits && !closed_) {
    fail(make_error(error_kind::upstream_failed,
                    fmt::format("the upstream sent an event of more than {} bytes", bytes_max_)),
         handle);
  }
}

void stream_reader::finish(const event_handler& handle) {
  if (!closed_) {
    fail(make_error(error_kind::upstream_failed, "the upstream ended its stream before the response was completed"),
         handle);
  }
}

void stream_reader::fail(error why, const event_handler& handle) {
  closed_ = true;
  dialogue::event happened;
  happened.kind = event_kind::failure;
  happened.why = &why;
  handle(happened);
}

void stream_reader::take(const wire::sse::event& raw, const event_handler& handle) {
  if (raw.data == "[DONE]") {
    return; // some backends send it behind response.completed
  }
  dialogue::json_document document;
  const json_view root = document.parse(raw.data);
  if (!document.failure() && !root.is_object()) {
    root.fail("must be an object");
  }
  if (!document.failure()) {
    const json_view type = root.member("type");
    part_emitter to{parts_, handle};
    take_event(type.present() ? type.text() : raw.type, document, root, to, handle);
  }
  if (document.failure() && !closed_) {
    fail(broken_stream(*document.failure()), handle);
  }
}

void stream_reader::take_event(std::string_view type, const dialogue::json_document& document, json_view root,
                               part_emitter& to, const event_handler& handle) {
  const json_view inner = root.member("error");
  if (type == "error" || (type == "message" && inner.present())) {
    fail(read_inner_error(inner.present() ? inner : root), handle);
    return;
  }
  if (type == "message") {
    root.member("type").fail("is missing: these are not events of a response");
    return;
  }
  if (!starts_with(type, "response.")) {
    return; // keep-alives
  }
  const json_view response = root.member("response");
  if (response.is_object()) {
    if (type == "response.failed" || type == "response.cancelled") {
      fail(read_inner_error(response.member("error")), handle);
      return;
    }
    begin(response, handle);
    if (type == "response.completed" || type == "response.incomplete") {
      complete(document, response, to, handle);
    }
    return;
  }
  if (type == "response.completed" || type == "response.incomplete" || type == "response.failed") {
    response.fail("is missing");
    return;
  }
  take_delta(type, root, to);
}

void stream_reader::take_delta(std::string_view type, json_view root, part_emitter& to) {
  using step = void (stream_reader::*)(json_view, part_emitter&);
  using told_step = void (stream_reader::*)(std::string_view, json_view, part_emitter&);
  step take_item = nullptr;
  told_step take_piece = nullptr;
  if (type == "response.output_item.added") {
    take_item = &stream_reader::item_added;
  } else if (type == "response.output_item.done") {
    take_item = &stream_reader::item_done;
  } else if (starts_with(type, "response.output_text.") || starts_with(type, "response.refusal.") ||
             starts_with(type, "response.content_part.")) {
    take_piece = &stream_reader::content_delta;
  } else if (starts_with(type, "response.reasoning_text.") || starts_with(type, "response.reasoning_summary_text.")) {
    take_piece = &stream_reader::reasoning_delta;
  } else if (starts_with(type, "response.function_call_arguments.") ||
             starts_with(type, "response.custom_tool_call_input.")) {
    take_piece = &stream_reader::arguments_delta;
  } else {
    return; // progress of hosted tools: their items come whole
  }
  if (!begun_) {
    root.fail("comes before response.created");
  } else if (take_item != nullptr) {
    (this->*take_item)(root, to);
  } else {
    (this->*take_piece)(type, root, to);
  }
}

void stream_reader::begin(json_view response, const event_handler& handle) {
  if (std::exchange(begun_, true)) {
    return;
  }
  dialogue::event happened;
  happened.id = response.member("id").text();
  happened.name = response.member("model").text();
  happened.created_s = created_s_of(response);
  handle(happened);
}

std::vector<stream_reader::waiting_item>::iterator stream_reader::find_waiting(std::int64_t index) {
  return std::find_if(waiting_.begin(), waiting_.end(), [&](const waiting_item& w) { return w.index == index; });
}

void stream_reader::keep(waiting_item& item, json_view whole) {
  item.whole = whole.json();
  item.done = true;
  kept_bytes_ += item.whole.size();
  if (kept_bytes_ > bytes_max_) {
    whole.fail(fmt::format("makes more than {} bytes wait for an item that is not done", bytes_max_));
  }
}

void stream_reader::item_added(json_view root, part_emitter& to) {
  const auto index = root.member("output_index").integer(0, static_cast<std::int64_t>(k_items_max) - 1);
  const json_view item = root.member("item");
  if (!index || !item.present()) {
    return; // some backends announce an item that they then leave out
  }
  if (*index < next_index_) {
    root.member("output_index").fail("was announced before");
    return;
  }
  next_index_ = *index + 1;
  const item_kind kind = item_kind_of(item.member("type").required_text());
  if (open_ && open_->kind == item_kind::reasoning) {
    waiting_.push_back({.index = open_->index, .made_way = to.state().open});
    to.close();
    open_.reset();
  }
  const bool is_call = kind == item_kind::function_call || kind == item_kind::custom_call;
  const bool streams = is_call || kind == item_kind::message || kind == item_kind::reasoning;
  if (open_ || !streams || (is_call && !open_call(to, item, kind))) {
    waiting_.push_back({.index = *index});
    return;
  }
  open_ = open_item{.index = *index, .kind = kind, .id = std::string{item.member("id").text()}};
}

void stream_reader::item_done(json_view root, part_emitter& to) {
  const auto index = root.member("output_index").integer(0, static_cast<std::int64_t>(k_items_max) - 1);
  const json_view item = root.member("item");
  if (!index || !item.present()) {
    return;
  }
  if (open_ && open_->index == *index) {
    if (item_kind_of(item.member("type").required_text()) != open_->kind) {
      item.member("type").fail("is not what was announced");
      return;
    }
    play_item(to, item, static_cast<std::size_t>(open_->content));
    open_.reset();
    play_waiting(item, to);
    return;
  }
  auto found = find_waiting(*index);
  if (found == waiting_.end()) {
    if (*index < next_index_) {
      root.member("output_index").fail("was done before");
      return;
    }
    next_index_ = *index + 1;
    found = waiting_.insert(waiting_.end(), waiting_item{.index = *index});
  }
  if (found->done) {
    root.member("output_index").fail("was done before");
    return;
  }
  keep(*found, item);
  if (!open_) {
    play_waiting(item, to);
  }
}

void stream_reader::play_kept(const waiting_item& item, json_view place, part_emitter& to) {
  dialogue::json_document document;
  const json_view whole = document.parse(item.whole);
  const std::string_view encrypted = item.made_way ? whole.member("encrypted_content").text() : std::string_view{};
  if (!item.made_way) {
    play_item(to, whole);
  } else if (!encrypted.empty()) {
    to.open({.opened = part_kind::reasoning, .id = whole.member("id").text()});
    to.redact(encrypted);
    to.close();
  }
  if (document.failure()) {
    place.fail("ends while an item waits that is faulty: " + document.failure()->message);
  }
}

void stream_reader::play_waiting(json_view place, part_emitter& to) {
  for (const waiting_item& item : waiting_) {
    if (item.done) {
      play_kept(item, place, to);
      kept_bytes_ -= item.whole.size();
    }
  }
  waiting_.erase(std::remove_if(waiting_.begin(), waiting_.end(), [](const waiting_item& w) { return w.done; }),
                 waiting_.end());
}

stream_reader::open_item* stream_reader::addressed(json_view root, item_kind kind, item_kind or_kind) {
  const json_view place = root.member("output_index");
  const auto index = place.integer(0, static_cast<std::int64_t>(k_items_max) - 1);
  if (!index) {
    place.fail("is missing");
    return nullptr;
  }
  if (!open_ || open_->index != *index) {
    if (find_waiting(*index) == waiting_.end()) {
      place.fail("is of no item that is under way");
    }
    return nullptr;
  }
  if (open_->kind != kind && open_->kind != or_kind) {
    place.fail("is of an item of another type");
    return nullptr;
  }
  return &*open_;
}

void stream_reader::content_delta(std::string_view type, json_view root, part_emitter& to) {
  open_item* item = addressed(root, item_kind::message, item_kind::reasoning);
  if (item == nullptr) {
    return;
  }
  if (item->kind == item_kind::reasoning) {
    if (!starts_with(type, "response.content_part.")) {
      root.member("output_index").fail("is of an item of another type");
    }
    return; // the brackets around reasoning_text say nothing that its deltas do not
  }
  const auto index = root.member("content_index").integer(0, static_cast<std::int64_t>(k_items_max) - 1);
  if (!index || *index < item->content) {
    if (!ends_with(type, ".done")) {
      root.member("content_index").fail(index ? "is of content that is done" : "is missing");
    }
    return;
  }
  if (*index > item->content) {
    to.close();
    item->content = *index;
  }
  const json_view part = root.member("part");
  if (ends_with(type, "content_part.done")) {
    play_content(to, part);
    ++item->content;
    return;
  }
  const bool refused = starts_with(type, "response.refusal.") || part.member("type").text() == "refusal";
  const bool text = starts_with(type, "response.output_text.") || part.member("type").text() == "output_text";
  const part_kind kind = refused ? part_kind::refusal : part_kind::text;
  if ((refused || text) && !to.is_open(kind)) {
    to.open({.opened = kind});
  }
  const event_kind saying = refused ? event_kind::refusal : event_kind::text;
  if (ends_with(type, ".delta")) {
    to.say(saying, root.member("delta").text(), read_logprobs(root.member("logprobs")));
  } else if (ends_with(type, "_text.done") || ends_with(type, "refusal.done")) {
    to.say_rest(saying, root.member(refused ? "refusal" : "text").text(), read_logprobs(root.member("logprobs")));
  } else if (ends_with(type, ".annotation.added") && root.member("annotation").present()) {
    to.cite(read_annotation(root.member("annotation"), to.state().said));
  }
}

void stream_reader::reasoning_delta(std::string_view type, json_view root, part_emitter& to) {
  open_item* item = addressed(root, item_kind::reasoning, item_kind::reasoning);
  const std::string_view piece = root.member("delta").text();
  if (item == nullptr || !ends_with(type, ".delta") || piece.empty()) {
    return; // what ".done" repeats is repeated by the item too
  }
  const bool summary = starts_with(type, "response.reasoning_summary_text.");
  if (!to.is_open(part_kind::reasoning)) {
    to.open({.opened = part_kind::reasoning, .id = item->id, .summary = summary});
  } else if (to.state().summary != summary) {
    return; // one of the two tells it
  }
  const auto index =
      root.member(summary ? "summary_index" : "content_index").integer(0, static_cast<std::int64_t>(k_items_max) - 1);
  if (index && *index > item->content) {
    item->content = *index;
    to.say(event_kind::reasoning, to.state().said.empty() ? "" : "\n\n");
  }
  to.say(event_kind::reasoning, piece);
}

void stream_reader::arguments_delta(std::string_view type, json_view root, part_emitter& to) {
  if (addressed(root, item_kind::function_call, item_kind::custom_call) == nullptr) {
    return;
  }
  if (ends_with(type, ".delta")) {
    to.say(event_kind::arguments, root.member("delta").text());
  } else if (ends_with(type, ".done")) {
    const json_view input = root.member("input");
    to.say_rest(event_kind::arguments, (input.present() ? input : root.member("arguments")).text());
  }
}

void stream_reader::play_left_over(json_view output, part_emitter& to) {
  const std::size_t count = output.size();
  const auto item_at = [&](std::int64_t index) { return output.element(static_cast<std::size_t>(index)); };
  const auto has = [&](std::int64_t index) { return index < static_cast<std::int64_t>(count); };
  if (open_) {
    // A stream without output_item.done: the response repeats the item, if its place is the same.
    const bool same = has(open_->index) && item_kind_of(item_at(open_->index).member("type").text()) == open_->kind;
    if (same) {
      play_item(to, item_at(open_->index), static_cast<std::size_t>(open_->content));
    } else if (open_->kind == item_kind::reasoning && !to.is_open(part_kind::reasoning)) {
      to.open({.opened = part_kind::reasoning, .id = open_->id});
    }
    to.close();
    open_.reset();
  }
  for (waiting_item& item : waiting_) {
    if (!item.done && !item.made_way && has(item.index)) {
      keep(item, item_at(item.index));
    }
  }
  play_waiting(output, to);
  for (std::int64_t i = next_index_; has(i); ++i) {
    play_item(to, item_at(i));
  }
}

void stream_reader::complete(const dialogue::json_document& document, json_view response, part_emitter& to,
                             const event_handler& handle) {
  play_left_over(response.member("output"), to);
  dialogue::event ended;
  ended.kind = event_kind::finish;
  ended.reason = finish_of(response, parts_);
  const auto usage = read_usage(response);
  if (document.failure()) {
    return; // the caller makes it the stream's last event
  }
  handle(ended);
  if (usage) {
    dialogue::event spent;
    spent.kind = event_kind::usage;
    spent.tokens = &*usage;
    handle(spent);
  }
  dialogue::event end;
  end.kind = event_kind::end;
  handle(end);
  closed_ = true;
}

} // namespace inferenceflow::codecs::openai_responses
