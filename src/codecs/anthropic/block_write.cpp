#include "codecs/anthropic/block_write.h"

#include "codecs/anthropic/vocabulary.h"
#include "dialogue/json_view.h"

#include <algorithm>

namespace inferenceflow::codecs::anthropic {

void write_cache_mark(json_writer& out, const std::optional<dialogue::cache_life>& mark) {
  if (!mark) {
    return;
  }
  out.key("cache_control");
  out.begin_object();
  out.text("type", "ephemeral");
  if (*mark == dialogue::cache_life::hour_1) {
    out.text("ttl", "1h");
  }
  out.end_object();
}

bool is_own_citation(const dialogue::citation& source) {
  if (source.opaque.empty()) {
    return false;
  }
  dialogue::json_document document;
  const dialogue::json_view root = document.parse(source.opaque);
  if (!root.is_object()) {
    return false;
  }
  const dialogue::json_view type = root.member("type");
  return type.is_text() && is_citation_type(type.text());
}

void write_citation(json_writer& out, const dialogue::citation& source) {
  if (is_own_citation(source)) {
    out.raw(source.opaque);
    return;
  }
  const std::int64_t index = std::max<std::int64_t>(source.source_index, 0);
  out.begin_object();
  if (!source.url.empty()) {
    out.text("type", "web_search_result_location");
    out.text("cited_text", source.quote);
    out.text("encrypted_index", "");
    out.text_or_null("title", source.title);
    out.text("url", source.url);
  } else if (!source.source_id.empty()) {
    out.text("type", "search_result_location");
    out.text("cited_text", source.quote);
    out.number("search_result_index", index);
    out.text("source", source.source_id);
    out.text_or_null("title", source.title);
    out.number("start_block_index", 0);
    out.number("end_block_index", 1);
  } else {
    out.text("type", "char_location");
    out.text("cited_text", source.quote);
    out.number("document_index", index);
    out.text_or_null("document_title", source.title);
    out.number("start_char_index", 0);
    out.number("end_char_index", 0);
  }
  out.end_object();
}

void write_thinking(json_writer& out, std::string_view text, std::string_view signature) {
  out.begin_object();
  out.text("type", "thinking");
  out.text("thinking", text);
  out.text("signature", signature);
  out.end_object();
}

void write_redacted(json_writer& out, std::string_view data) {
  out.begin_object();
  out.text("type", "redacted_thinking");
  out.text("data", data);
  out.end_object();
}

void write_refusal(json_writer& out, std::string_view explanation) {
  out.begin_object();
  out.text("type", "refusal");
  out.key("category");
  out.null();
  out.text("explanation", explanation);
  out.end_object();
}

std::optional<std::string> input_object(const dialogue::tool_call_part& call) {
  if (call.custom) {
    std::string wrapped;
    json_writer out{wrapped};
    out.begin_object();
    out.text("input", call.arguments);
    out.end_object();
    return wrapped;
  }
  if (call.arguments.empty()) {
    return "{}";
  }
  if (!is_json_object(call.arguments)) {
    return std::nullopt;
  }
  return call.arguments;
}

} // namespace inferenceflow::codecs::anthropic
