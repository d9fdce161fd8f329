// The JSON of stream_writer's events: items and the response object.
#include "codecs/openai_responses/error.h"
#include "codecs/openai_responses/stream_write.h"

namespace inferenceflow::codecs::openai_responses {

using dialogue::part_kind;

void stream_writer::write_content_json(json_out& to, bool whole) const {
  to.open('{');
  if (part_->kind == part_kind::refusal) {
    to.text_field("type", "refusal");
    to.text_field("refusal", whole ? std::string_view{part_->text} : std::string_view{});
  } else {
    to.text_field("type", "output_text");
    to.text_field("text", whole ? std::string_view{part_->text} : std::string_view{});
    to.raw_field("annotations", whole ? "[" + part_->annotations + "]" : "[]");
    to.raw_field("logprobs", whole ? "[" + part_->logprobs + "]" : "[]");
  }
  to.close('}');
}

void stream_writer::write_call_json(json_out& to, bool whole) const {
  to.open('{');
  to.text_field("type", part_->custom ? "custom_tool_call" : "function_call");
  to.text_field("id", part_->id);
  to.text_field("status", whole ? "completed" : "in_progress");
  to.text_field("call_id", part_->call);
  to.text_field("name", part_->name);
  to.text_field(part_->custom ? "input" : "arguments", whole ? std::string_view{part_->text} : std::string_view{});
  to.close('}');
}

void stream_writer::write_reasoning_json(json_out& to, bool whole) const {
  const auto pieces = [&](std::string_view field, std::string_view type) {
    to.key(field);
    to.open('[');
    if (part_->begun && whole) {
      to.open('{');
      to.text_field("type", type);
      to.text_field("text", part_->text);
      to.close('}');
    } else if (part_->summary && whole) {
      to.raw(R"({"type":"summary_text","text":""})"); // an empty summary is one still
    }
    to.close(']');
  };
  to.open('{');
  to.text_field("type", "reasoning");
  to.text_field("id", part_->id);
  if (part_->summary) {
    pieces("summary", "summary_text");
  } else {
    to.raw_field("summary", "[]");
    if (part_->begun && whole) {
      pieces("content", "reasoning_text");
    }
  }
  if (whole && !part_->redacted.empty()) {
    to.text_field("encrypted_content", part_->redacted);
  }
  to.close('}');
}

void stream_writer::write_message_json(json_out& to, std::string_view status) const {
  to.open('{');
  to.text_field("type", "message");
  to.text_field("id", message_->id);
  to.text_field("status", status);
  to.text_field("role", "assistant");
  to.raw_field("content", "[" + message_->content + "]");
  to.close('}');
}

std::string_view stream_writer::end_status() const noexcept {
  switch (reason_) {
  case dialogue::finish::length:
  case dialogue::finish::content_filter:
  case dialogue::finish::paused:
  case dialogue::finish::other: return "incomplete";
  case dialogue::finish::failed: return "failed";
  default: return "completed";
  }
}

void stream_writer::write_usage(json_out& to) const {
  if (!usage_) {
    to.null_field("usage");
    return;
  }
  to.key("usage");
  to.open('{');
  to.whole_field("input_tokens", usage_->input());
  to.key("input_tokens_details");
  to.open('{');
  to.whole_field("cached_tokens", usage_->cached_input);
  to.whole_field("cache_write_tokens", usage_->cache_write);
  to.close('}');
  to.whole_field("output_tokens", usage_->completion());
  to.key("output_tokens_details");
  to.open('{');
  to.whole_field("reasoning_tokens", usage_->reasoning);
  to.close('}');
  to.whole_field("total_tokens", usage_->total());
  to.close('}');
}

/// Fields that mirror the request are those of a request that says nothing: the answer does not know it.
void stream_writer::write_response(json_out& to, std::string_view status, const error* why) const {
  to.open('{');
  to.text_field("id", id_);
  to.text_field("object", "response");
  to.whole_field("created_at", created_s_);
  to.text_field("status", status);
  to.flag_field("background", false);
  to.key("error");
  if (status == "failed") {
    to.open('{');
    to.text_field("code", why == nullptr ? "server_error" : response_error_code(why->kind));
    to.text_field("message", why == nullptr ? std::string_view{"the model broke off"} : std::string_view{why->message});
    to.close('}');
  } else {
    to.null();
  }
  if (reason_ == dialogue::finish::length && status == "incomplete") {
    to.raw_field("incomplete_details", R"({"reason":"max_output_tokens"})");
  } else if (reason_ == dialogue::finish::content_filter && status == "incomplete") {
    to.raw_field("incomplete_details", R"({"reason":"content_filter"})");
  } else {
    to.null_field("incomplete_details");
  }
  to.null_field("instructions");
  to.null_field("max_output_tokens");
  to.raw_field("metadata", "{}");
  to.text_field("model", model_);
  to.raw_field("output", "[" + output_ + "]");
  to.flag_field("parallel_tool_calls", true);
  to.null_field("previous_response_id");
  to.raw_field("reasoning", R"({"effort":null,"summary":null})");
  if (!service_tier_.empty()) {
    to.text_field("service_tier", service_tier_);
  }
  to.flag_field("store", false);
  to.null_field("temperature");
  to.raw_field("text", R"({"format":{"type":"text"}})");
  to.text_field("tool_choice", "auto");
  to.raw_field("tools", "[]");
  to.null_field("top_p");
  to.text_field("truncation", "disabled");
  write_usage(to);
  to.null_field("user");
  to.close('}');
}

std::string stream_writer::document() const {
  std::string body;
  json_out to{body};
  write_response(to, begun_ && closed_ ? end_status() : "in_progress", nullptr);
  return body;
}

} // namespace inferenceflow::codecs::openai_responses
