#include "codecs/cohere/stream_write.h"

#include "codecs/cohere/error.h"
#include "codecs/cohere/json_out.h"
#include "codecs/cohere/logprobs.h"
#include "codecs/cohere/usage.h"
#include "codecs/cohere/vocabulary.h"
#include "wire/sse/codec.h"

#include <algorithm>

namespace inferenceflow::codecs::cohere {

using dialogue::event;
using dialogue::event_kind;
using dialogue::part_kind;

namespace {

/// An event's document up to its message: {"type":…,"index":…,"delta":{"message":{
void open_delta(json_out& json, std::string_view type, std::optional<std::size_t> index) {
  json.open_object();
  json.text_member("type", type);
  if (index) {
    json.integer_member("index", static_cast<std::int64_t>(*index));
  }
  json.open_object_member("delta");
  json.open_object_member("message");
}

void close_delta(json_out& json) {
  json.close_object();
  json.close_object();
}

} // namespace

void stream_writer::write(const event& happened, std::string& out) {
  if (closed_) {
    return;
  }
  if (happened.choice != 0) {
    lose("choices[1]");
    return;
  }
  if (happened.kind != event_kind::cited && !cited_.empty()) {
    flush_citations(out);
  }
  switch (happened.kind) {
  case event_kind::begin: begin(happened, out); break;
  case event_kind::part_begin: open(happened, out); break;
  case event_kind::text:
  case event_kind::refusal:
  case event_kind::reasoning:
  case event_kind::arguments: say(happened, out); break;
  case event_kind::signature: lose("signature"); break;
  case event_kind::redacted: lose("redacted"); break;
  case event_kind::cited:
    if (open_ == open_kind::text && happened.source != nullptr) {
      if (!cited_.empty() && !same_stretch(cited_.front(), *happened.source)) {
        flush_citations(out);
      }
      cited_.push_back(*happened.source);
    }
    break;
  case event_kind::part_end: close(out); break;
  case event_kind::finish:
    reason_ = happened.reason;
    if (!has_word(reason_) && reason_ != dialogue::finish::none) {
      lose("reason");
    }
    if (!happened.text.empty()) {
      lose("stop_sequence");
    }
    break;
  case event_kind::usage:
    if (happened.tokens != nullptr) {
      usage_ = *happened.tokens;
    }
    break;
  case event_kind::failure: end(happened.why, out); break;
  case event_kind::end: end(nullptr, out); break;
  }
}

void stream_writer::begin(const event& happened, std::string& out) {
  data_.clear();
  json_out json{data_};
  json.open_object();
  json.text_member("id", happened.id);
  json.text_member("type", "message-start");
  json.raw_member("delta",
                  R"({"message":{"role":"assistant","content":[],"tool_plan":"","tool_calls":[],"citations":[]}})");
  json.close_object();
  send("message-start", out);
}

void stream_writer::open(const event& happened, std::string& out) {
  switch (happened.opened) {
  case part_kind::text:
  case part_kind::refusal:
    open_ = open_kind::text;
    places_.clear();
    open_block("text", out);
    break;
  case part_kind::reasoning:
    if (happened.summary) {
      lose("summary");
    }
    if (happened.id == k_tool_plan_id) {
      open_ = open_kind::plan;
    } else {
      open_ = open_kind::thinking;
      open_block("thinking", out);
    }
    break;
  case part_kind::tool_call: open_call(happened, out); break;
  case part_kind::media:
    open_ = open_kind::unknown;
    lose("media");
    break;
  case part_kind::opaque:
    open_ = open_kind::unknown;
    lose("opaque");
    break;
  }
}

void stream_writer::open_block(std::string_view type, std::string& out) {
  data_.clear();
  json_out json{data_};
  open_delta(json, "content-start", blocks_);
  json.open_object_member("content");
  json.text_member("type", type);
  json.text_member(type, "");
  json.close_object();
  close_delta(json);
  json.close_object();
  send("content-start", out);
}

void stream_writer::open_call(const event& happened, std::string& out) {
  open_ = happened.custom ? open_kind::custom_call : open_kind::call;
  custom_input_.clear();
  if (!happened.signature.empty()) {
    lose("signature");
  }
  data_.clear();
  json_out json{data_};
  open_delta(json, "tool-call-start", calls_);
  json.open_object_member("tool_calls");
  json.text_member("id", happened.id);
  json.text_member("type", "function");
  json.open_object_member("function");
  json.text_member("name", happened.name);
  json.text_member("arguments", "");
  json.close_object();
  json.close_object();
  close_delta(json);
  json.close_object();
  send("tool-call-start", out);
}

void stream_writer::say(const event& happened, std::string& out) {
  switch (open_) {
  case open_kind::text:
    if (happened.logprobs.empty()) {
      say_text(happened.text, nullptr, out);
    } else {
      say_tokens(happened, out);
    }
    break;
  case open_kind::thinking:
  case open_kind::plan: say_thought(happened.text, out); break;
  case open_kind::call: say_arguments(happened.text, out); break;
  case open_kind::custom_call: custom_input_ += happened.text; break;
  case open_kind::nothing:
  case open_kind::unknown: break;
  }
}

/// Cohere tells the probability of the piece that a delta holds: each token becomes a delta. Tokens that do not make up
/// the text are no help.
void stream_writer::say_tokens(const event& happened, std::string& out) {
  std::string_view left = happened.text;
  for (const auto& each : happened.logprobs) {
    if (!each.top.empty()) {
      lose("logprobs.top");
    }
    if (left.substr(0, each.token.size()) != each.token) {
      break;
    }
    left.remove_prefix(each.token.size());
    say_text(each.token, &each, out);
  }
  if (!left.empty()) {
    lose("logprobs");
    say_text(left, nullptr, out);
  }
}

void stream_writer::say_text(std::string_view piece, const dialogue::token_logprob* logprob, std::string& out) {
  places_.append(piece);
  data_.clear();
  json_out json{data_};
  open_delta(json, "content-delta", blocks_);
  json.open_object_member("content");
  json.text_member("text", piece);
  json.close_object();
  close_delta(json);
  if (logprob != nullptr) {
    json.key("logprobs");
    write_logprob(json, piece, logprob->logprob);
  }
  json.close_object();
  send("content-delta", out);
}

void stream_writer::say_thought(std::string_view piece, std::string& out) {
  const bool plan = open_ == open_kind::plan;
  const std::string_view type = plan ? "tool-plan-delta" : "content-delta";
  data_.clear();
  json_out json{data_};
  open_delta(json, type, plan ? std::nullopt : std::optional{blocks_});
  if (plan) {
    json.text_member("tool_plan", piece);
  } else {
    json.open_object_member("content");
    json.text_member("thinking", piece);
    json.close_object();
  }
  close_delta(json);
  json.close_object();
  send(type, out);
}

void stream_writer::say_arguments(std::string_view piece, std::string& out) {
  data_.clear();
  json_out json{data_};
  open_delta(json, "tool-call-delta", calls_);
  json.open_object_member("tool_calls");
  json.open_object_member("function");
  json.text_member("arguments", piece);
  json.close_object();
  json.close_object();
  close_delta(json);
  json.close_object();
  send("tool-call-delta", out);
}

void stream_writer::flush_citations(std::string& out) {
  data_.clear();
  json_out json{data_};
  open_delta(json, "citation-start", citations_);
  json.key("citations");
  write_citation(json, cited_, places_, blocks_);
  close_delta(json);
  json.close_object();
  send("citation-start", out);
  cited_.clear();
  data_.clear();
  json_out ended{data_};
  ended.open_object();
  ended.text_member("type", "citation-end");
  ended.integer_member("index", static_cast<std::int64_t>(citations_++));
  ended.close_object();
  send("citation-end", out);
}

void stream_writer::close(std::string& out) {
  if (open_ == open_kind::custom_call) {
    std::string wrapped;
    json_out input{wrapped};
    input.open_object();
    input.text_member("input", custom_input_);
    input.close_object();
    say_arguments(wrapped, out);
  }
  const bool block = open_ == open_kind::text || open_ == open_kind::thinking;
  const bool call = open_ == open_kind::call || open_ == open_kind::custom_call;
  open_ = open_kind::nothing;
  if (!block && !call) {
    return;
  }
  const std::string_view type = block ? "content-end" : "tool-call-end";
  data_.clear();
  json_out json{data_};
  json.open_object();
  json.text_member("type", type);
  json.integer_member("index", static_cast<std::int64_t>(block ? blocks_++ : calls_++));
  json.close_object();
  send(type, out);
}

void stream_writer::end(const error* why, std::string& out) {
  data_.clear();
  json_out json{data_};
  json.open_object();
  json.text_member("type", "message-end");
  json.open_object_member("delta");
  if (why != nullptr) {
    json.text_member("error", why->message.empty() ? to_string(why->kind) : std::string_view{why->message});
    json.text_member("finish_reason", why->kind == error_kind::upstream_timeout ? "TIMEOUT" : "ERROR");
  } else {
    json.text_member("finish_reason", word_of(reason_));
  }
  if (usage_) {
    json.key("usage");
    write_usage(json, *usage_);
  }
  json.close_object();
  json.close_object();
  send("message-end", out);
  wire::sse::append_event(out, "[DONE]");
  closed_ = true;
}

void stream_writer::send(std::string_view type, std::string& out) {
  wire::sse::append_event(out, data_, type);
}

void stream_writer::lose(std::string_view what) {
  if (std::find(losses_.begin(), losses_.end(), what) == losses_.end()) {
    losses_.emplace_back(what);
  }
}

} // namespace inferenceflow::codecs::cohere
