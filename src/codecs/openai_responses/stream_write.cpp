#include "codecs/openai_responses/stream_write.h"

#include "base/ids.h"
#include "codecs/openai_responses/error.h"
#include "codecs/openai_responses/item_write.h"
#include "wire/openai/error_body.h"

#include <fmt/format.h>
#include <iterator>
#include <utility>

namespace inferenceflow::codecs::openai_responses {

using dialogue::event_kind;
using dialogue::part_kind;

namespace {

/// Letters and digits of the answer's id, so that no two answers' items bear one id: clients send them back together.
std::string tail_of(std::string_view id) {
  constexpr std::size_t k_tail_max = 40; // OpenAI takes ids of up to 64
  std::string tail;
  for (const char c : id) {
    if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) {
      tail.push_back(c);
    }
  }
  return tail.size() > k_tail_max ? tail.substr(tail.size() - k_tail_max) : tail;
}

void append_list(std::string& list, std::string_view element) {
  if (!list.empty()) {
    list.push_back(',');
  }
  list.append(element);
}

} // namespace

std::string stream_writer::item_id(std::string_view prefix) const {
  return fmt::format("{}_{}_{}", prefix, id_tail_, items_);
}

template <class F> void stream_writer::emit(std::string_view type, F&& rest) {
  const std::int64_t number = sequence_++;
  if (silent_) {
    return;
  }
  out_->append("event: ").append(type).append("\ndata: ");
  json_out to{*out_};
  to.open('{');
  to.text_field("type", type);
  to.whole_field("sequence_number", number);
  rest(to);
  to.close('}');
  out_->append("\n\n");
}

template <class F> void stream_writer::emit_of_part(std::string_view type, F&& rest) {
  emit(type, [&](json_out& to) {
    to.text_field("item_id", message_ ? message_->id : part_->id);
    to.whole_field("output_index", static_cast<std::int64_t>(items_));
    rest(to);
  });
}

void stream_writer::emit_item(std::string_view type, std::string_view item) {
  emit(type, [&](json_out& to) {
    to.whole_field("output_index", static_cast<std::int64_t>(items_));
    to.raw_field("item", item);
  });
}

void stream_writer::finish_item(std::string_view item) {
  emit_item("response.output_item.done", item);
  append_list(output_, item);
  ++items_;
}

void stream_writer::write(const dialogue::event& happened, std::string& out) {
  if (closed_) {
    return;
  }
  out_ = &out;
  if (happened.choice == 0) {
    write_live(happened);
  } else {
    note_loss(losses_, fmt::format("choices[{}]", happened.choice));
  }
  out_ = nullptr;
}

void stream_writer::write_live(const dialogue::event& happened) {
  switch (happened.kind) {
  case event_kind::begin: begin(happened); break;
  case event_kind::part_begin: begin_part(happened); break;
  case event_kind::text:
  case event_kind::arguments:
  case event_kind::reasoning:
  case event_kind::refusal: delta(happened); break;
  case event_kind::signature: note_loss(losses_, "signature"); break;
  case event_kind::redacted:
    if (happened.origin != dialogue::protocol::openai_responses) {
      note_loss(losses_, "redacted");
    } else if (part_ && part_->kind == part_kind::reasoning) {
      part_->redacted = happened.text;
    }
    break;
  case event_kind::cited:
    if (part_ && part_->kind == part_kind::text && happened.source != nullptr) {
      cite(*happened.source);
    }
    break;
  case event_kind::part_end: end_part(); break;
  case event_kind::finish:
    reason_ = happened.reason;
    if (reason_ == dialogue::finish::stop_sequence) {
      note_loss(losses_, "stop_sequence");
    } else if (reason_ == dialogue::finish::paused || reason_ == dialogue::finish::other) {
      note_loss(losses_, "finish");
    }
    break;
  case event_kind::usage:
    if (happened.tokens != nullptr) {
      usage_ = *happened.tokens;
    }
    break;
  case event_kind::failure:
    if (happened.why != nullptr) {
      fail(*happened.why);
    }
    closed_ = true;
    break;
  case event_kind::end:
    end_response();
    closed_ = true;
    break;
  }
}

void stream_writer::begin(const dialogue::event& happened) {
  begun_ = true;
  id_ = happened.id.empty() ? make_answer_id("resp_") : std::string{happened.id};
  id_tail_ = tail_of(id_);
  if (model_.empty()) {
    model_ = happened.name;
  }
  if (happened.created_s != 0) {
    created_s_ = happened.created_s;
  }
  for (const std::string_view type : {"response.created", "response.in_progress"}) {
    emit(type, [&](json_out& to) {
      to.key("response");
      write_response(to, "in_progress", nullptr);
    });
  }
}

void stream_writer::begin_part(const dialogue::event& happened) {
  end_part(); // none is open, unless the reader broke its promise
  const bool content = happened.opened == part_kind::text || happened.opened == part_kind::refusal;
  if (!content) {
    end_message();
  }
  switch (happened.opened) {
  case part_kind::text:
  case part_kind::refusal: begin_content(happened.opened); break;
  case part_kind::tool_call: begin_call(happened); break;
  case part_kind::reasoning:
    part_ = open_part{.kind = part_kind::reasoning,
                      .id = happened.id.empty() ? item_id("rs") : std::string{happened.id},
                      .summary = happened.summary};
    if (!happened.id.empty()) {
      announce_reasoning();
    }
    break;
  case part_kind::media:
  case part_kind::opaque: whole_part(happened); break;
  }
}

void stream_writer::begin_content(part_kind kind) {
  if (!message_) {
    message_ = message_item{.id = item_id("msg")};
    std::string item;
    json_out to{item};
    write_message_json(to, "in_progress");
    emit_item("response.output_item.added", item);
  }
  part_ = open_part{.kind = kind};
  emit_of_part("response.content_part.added", [&](json_out& to) {
    to.whole_field("content_index", message_->contents);
    to.key("part");
    write_content_json(to, false);
  });
}

void stream_writer::begin_call(const dialogue::event& happened) {
  part_ = open_part{.kind = part_kind::tool_call,
                    .id = item_id(happened.custom ? "ctc" : "fc"),
                    .call = std::string{happened.id},
                    .name = std::string{happened.name},
                    .custom = happened.custom};
  if (!happened.signature.empty()) {
    note_loss(losses_, "signature");
  }
  std::string item;
  json_out to{item};
  write_call_json(to, false);
  emit_item("response.output_item.added", item);
}

void stream_writer::announce_reasoning() {
  if (std::exchange(part_->announced, true)) {
    return;
  }
  std::string item;
  json_out to{item};
  write_reasoning_json(to, false);
  emit_item("response.output_item.added", item);
}

void stream_writer::begin_reasoning_text() {
  announce_reasoning();
  if (std::exchange(part_->begun, true)) {
    return;
  }
  const bool summary = part_->summary;
  emit_of_part(summary ? "response.reasoning_summary_part.added" : "response.content_part.added", [&](json_out& to) {
    to.whole_field(summary ? "summary_index" : "content_index", 0);
    to.raw_field("part", summary ? R"({"type":"summary_text","text":""})" : R"({"type":"reasoning_text","text":""})");
  });
}

/// Blocks that come in one piece: another provider's are lost, this protocol's go through, an image is one of its own.
void stream_writer::whole_part(const dialogue::event& happened) {
  const bool opaque = happened.opened == part_kind::opaque;
  std::string item;
  if (opaque) {
    if (happened.origin == dialogue::protocol::openai_responses) {
      item = one_line_json(happened.text).value_or(std::string{});
    }
  } else if (happened.name.substr(0, 6) == "image/") {
    json_out to{item};
    to.open('{');
    to.text_field("type", "image_generation_call");
    to.text_field("id", item_id("ig"));
    to.text_field("status", "completed");
    to.text_field("output_format", subtype_of(happened.name));
    to.text_field("result", happened.text);
    to.close('}');
  }
  if (item.empty()) {
    note_loss(losses_, opaque ? happened.name : std::string_view{"media"});
    return;
  }
  emit_item("response.output_item.added", item);
  finish_item(item);
}

void stream_writer::delta(const dialogue::event& happened) {
  if (!part_ || (happened.text.empty() && happened.logprobs.empty())) {
    return;
  }
  if (part_->kind == part_kind::reasoning) {
    begin_reasoning_text();
  }
  part_->text.append(happened.text);
  const auto say = [&](std::string_view type, std::string_view index_name) {
    emit_of_part(type, [&](json_out& to) {
      if (!index_name.empty()) {
        to.whole_field(index_name, message_ ? message_->contents : 0);
      }
      to.text_field("delta", happened.text);
    });
  };
  switch (part_->kind) {
  case part_kind::text: text_delta(happened); break;
  case part_kind::refusal: say("response.refusal.delta", "content_index"); break;
  case part_kind::tool_call:
    say(part_->custom ? "response.custom_tool_call_input.delta" : "response.function_call_arguments.delta", {});
    break;
  case part_kind::reasoning:
    say(part_->summary ? "response.reasoning_summary_text.delta" : "response.reasoning_text.delta",
        part_->summary ? "summary_index" : "content_index");
    break;
  case part_kind::media:
  case part_kind::opaque: break;
  }
}

void stream_writer::text_delta(const dialogue::event& happened) {
  if (!happened.logprobs.empty()) {
    std::string whole;
    json_out to{whole};
    write_logprobs(to, happened.logprobs, true);
    append_list(part_->logprobs, whole);
  }
  emit_of_part("response.output_text.delta", [&](json_out& to) {
    to.whole_field("content_index", message_->contents);
    to.text_field("delta", happened.text);
    to.key("logprobs");
    to.open('[');
    write_logprobs(to, happened.logprobs, false);
    to.close(']');
  });
}

void stream_writer::cite(const dialogue::citation& source) {
  std::string annotation;
  json_out to{annotation};
  if (!write_annotation(to, source, part_->text, losses_)) {
    return;
  }
  emit_of_part("response.output_text.annotation.added", [&](json_out& event) {
    event.whole_field("content_index", message_->contents);
    event.whole_field("annotation_index", part_->annotation_count);
    event.raw_field("annotation", annotation);
  });
  append_list(part_->annotations, annotation);
  ++part_->annotation_count;
}

void stream_writer::end_part() {
  if (!part_) {
    return;
  }
  switch (part_->kind) {
  case part_kind::text:
  case part_kind::refusal: end_content(); break;
  case part_kind::tool_call: end_call(); break;
  case part_kind::reasoning: end_reasoning(); break;
  case part_kind::media:
  case part_kind::opaque: break;
  }
  part_.reset();
}

void stream_writer::end_content() {
  const bool refusal = part_->kind == part_kind::refusal;
  emit_of_part(refusal ? "response.refusal.done" : "response.output_text.done", [&](json_out& to) {
    to.whole_field("content_index", message_->contents);
    to.text_field(refusal ? "refusal" : "text", part_->text);
    if (!refusal) {
      to.raw_field("logprobs", "[" + part_->logprobs + "]");
    }
  });
  std::string content;
  json_out whole{content};
  write_content_json(whole, true);
  emit_of_part("response.content_part.done", [&](json_out& to) {
    to.whole_field("content_index", message_->contents);
    to.raw_field("part", content);
  });
  append_list(message_->content, content);
  ++message_->contents;
}

void stream_writer::end_call() {
  if (part_->text.empty() && !part_->custom) {
    dialogue::event none;
    none.kind = event_kind::arguments;
    none.text = "{}";
    delta(none);
  }
  const bool custom = part_->custom;
  emit_of_part(custom ? "response.custom_tool_call_input.done" : "response.function_call_arguments.done",
               [&](json_out& to) {
                 if (!custom) {
                   to.text_field("name", part_->name);
                 }
                 to.text_field(custom ? "input" : "arguments", part_->text);
               });
  std::string item;
  json_out to{item};
  write_call_json(to, true);
  finish_item(item);
}

void stream_writer::end_reasoning() {
  if (!part_->announced && part_->redacted.empty()) {
    return; // another provider's, of which nothing is left: an item without content would name what nobody holds
  }
  announce_reasoning();
  if (part_->begun) {
    const bool summary = part_->summary;
    const std::string_view index = summary ? "summary_index" : "content_index";
    emit_of_part(summary ? "response.reasoning_summary_text.done" : "response.reasoning_text.done", [&](json_out& to) {
      to.whole_field(index, 0);
      to.text_field("text", part_->text);
    });
    emit_of_part(summary ? "response.reasoning_summary_part.done" : "response.content_part.done", [&](json_out& to) {
      to.whole_field(index, 0);
      to.key("part");
      to.open('{');
      to.text_field("type", summary ? "summary_text" : "reasoning_text");
      to.text_field("text", part_->text);
      to.close('}');
    });
  }
  std::string item;
  json_out to{item};
  write_reasoning_json(to, true);
  finish_item(item);
}

void stream_writer::end_message() {
  if (!message_) {
    return;
  }
  std::string item;
  json_out to{item};
  write_message_json(to, end_status() == "incomplete" ? "incomplete" : "completed");
  message_.reset();
  finish_item(item);
}

void stream_writer::end_response() {
  end_part();
  end_message();
  const std::string_view status = end_status();
  emit(fmt::format("response.{}", status), [&](json_out& to) {
    to.key("response");
    write_response(to, status, nullptr);
  });
}

void stream_writer::fail(const error& why) {
  const std::string_view code = wire::openai::error_code(why.kind);
  const auto write_error_fields = [&](json_out& to) {
    code.empty() ? to.null_field("code") : to.text_field("code", code);
    to.text_field("message", why.message);
    why.param.empty() ? to.null_field("param") : to.text_field("param", why.param);
  };
  emit("error", [&](json_out& to) {
    write_error_fields(to);
    to.key("error");
    to.open('{');
    to.text_field("type", wire::openai::error_type(why.kind));
    write_error_fields(to);
    to.close('}');
  });
  if (begun_) {
    emit("response.failed", [&](json_out& to) {
      to.key("response");
      write_response(to, "failed", &why);
    });
  }
}

} // namespace inferenceflow::codecs::openai_responses
