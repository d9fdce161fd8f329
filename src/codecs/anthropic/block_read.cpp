#include "codecs/anthropic/block_read.h"

#include <algorithm>
#include <initializer_list>
#include <string>
#include <utility>

namespace inferenceflow::codecs::anthropic {

using dialogue::json_view;
using dialogue::media_part;
using dialogue::part;
using dialogue::protocol;
using dialogue::reasoning_part;
using dialogue::text_part;
using dialogue::tool_call_part;
using dialogue::tool_result_part;

namespace {

using names = std::initializer_list<std::string_view>;

/// True if every member of `object` that is not null is one of `known`.
bool holds_only(const json_view& object, names known) {
  bool only = true;
  object.members([&](std::string_view key, const json_view&) {
    only = only && std::find(known.begin(), known.end(), key) != known.end();
  });
  return only;
}

part opaque(const json_view& block, std::string_view type) {
  return dialogue::opaque_part{.origin = protocol::anthropic, .type = std::string{type}, .json = block.json()};
}

text_part read_text(const json_view& block) {
  text_part words;
  words.text = block.member("text").required_text();
  block.member("citations").each([&](const json_view& from) { words.citations.push_back(read_citation(from)); });
  words.cache_mark = read_cache_mark(block);
  return words;
}

tool_call_part read_tool_use(const json_view& block) {
  tool_call_part call;
  call.id = block.member("id").required_text();
  call.name = block.member("name").required_text();
  const json_view input = block.member("input");
  if (input.present() && !input.is_object()) {
    input.fail("must be an object");
  }
  call.arguments = input.present() ? input.json() : "{}";
  call.cache_mark = read_cache_mark(block);
  return call;
}

/// Without a signature nobody can take the thought back: it then has no origin.
reasoning_part read_thinking(const json_view& block) {
  reasoning_part thought;
  thought.text = block.member("thinking").text();
  thought.signature = block.member("signature").text();
  if (!thought.signature.empty()) {
    thought.origin = protocol::anthropic;
  }
  return thought;
}

reasoning_part read_redacted(const json_view& block) {
  reasoning_part thought;
  thought.redacted = block.member("data").required_text();
  thought.origin = protocol::anthropic;
  return thought;
}

/// @returns false for a source that media_part has no place for.
bool read_source(const json_view& source, media_part& into) {
  const std::string_view type = source.member("type").required_text();
  if (type == "base64") {
    into.media_type = source.member("media_type").required_text();
    into.data_base64 = source.member("data").required_text();
  } else if (type == "url") {
    into.url = source.member("url").required_text();
  } else if (type == "file") {
    into.file_id = source.member("file_id").required_text();
  } else if (type == "text" && into.kind == dialogue::media_kind::document) {
    into.media_type = source.member("media_type").text();
    into.text = source.member("data").required_text();
  } else {
    return false;
  }
  return holds_only(source, {"type", "media_type", "data", "url", "file_id"});
}

part read_media(const json_view& block, std::string_view type) {
  media_part media;
  media.kind = type == "image" ? dialogue::media_kind::image : dialogue::media_kind::document;
  const json_view source = block.member("source");
  if (!source.is_object()) {
    source.fail(source.present() ? "must be an object" : "is missing");
  }
  const bool fits =
      source.is_object() && read_source(source, media) &&
      (type == "image" ? holds_only(block, {"type", "source", "cache_control"})
                       : holds_only(block, {"type", "source", "title", "context", "citations", "cache_control"}));
  if (!fits) {
    return opaque(block, type);
  }
  media.name = block.member("title").text();
  media.context = block.member("context").text();
  media.cited = block.member("citations").member("enabled").flag().value_or(false);
  media.cache_mark = read_cache_mark(block);
  return media;
}

part read_tool_result(const json_view& block) {
  tool_result_part result;
  result.call_id = block.member("tool_use_id").required_text();
  result.failed = block.member("is_error").flag().value_or(false);
  result.cache_mark = read_cache_mark(block);
  bool fits = holds_only(block, {"type", "tool_use_id", "content", "is_error", "cache_control"});
  const json_view content = block.member("content");
  if (content.is_text()) {
    result.content.emplace_back(text_part{.text = std::string{content.text()}});
    return fits ? part{std::move(result)} : opaque(block, "tool_result");
  }
  content.each([&](const json_view& piece) {
    part held = read_request_block(piece, false);
    if (auto* words = std::get_if<text_part>(&held)) {
      result.content.emplace_back(std::move(*words));
    } else if (auto* media = std::get_if<media_part>(&held)) {
      result.content.emplace_back(std::move(*media));
    } else {
      fits = false; // tool references, search results
    }
  });
  return fits ? part{std::move(result)} : opaque(block, "tool_result");
}

bool called_directly(const json_view& block) {
  const json_view caller = block.member("caller");
  return !caller.present() || (caller.is_object() && caller.member("type").text() == "direct");
}

part read_assistants_block(const json_view& block, std::string_view type) {
  if (type == "tool_use") {
    const bool fits =
        called_directly(block) && holds_only(block, {"type", "id", "name", "input", "caller", "cache_control"});
    part call = read_tool_use(block);
    return fits ? std::move(call) : opaque(block, type);
  }
  if (type == "thinking") {
    part thought = read_thinking(block);
    return holds_only(block, {"type", "thinking", "signature"}) ? std::move(thought) : opaque(block, type);
  }
  part thought = read_redacted(block);
  return holds_only(block, {"type", "data"}) ? std::move(thought) : opaque(block, type);
}

} // namespace

std::optional<dialogue::cache_life> read_cache_mark(const json_view& holder) {
  const json_view mark = holder.member("cache_control");
  if (!mark.present()) {
    return std::nullopt;
  }
  if (const json_view type = mark.member("type"); type.required_text() != "ephemeral") {
    type.fail("must be \"ephemeral\"");
  }
  const json_view life = mark.member("ttl");
  const std::string_view word = life.text();
  if (word == "1h") {
    return dialogue::cache_life::hour_1;
  }
  if (life.present() && word != "5m") {
    life.fail("must be \"5m\" or \"1h\"");
  }
  return dialogue::cache_life::minutes_5;
}

dialogue::citation read_citation(const json_view& from) {
  dialogue::citation source;
  source.quote = from.member("cited_text").text();
  source.url = from.member("url").text();
  const json_view title = from.member("document_title");
  source.title = title.present() ? title.text() : from.member("title").text();
  const json_view document = from.member("document_index");
  source.source_index = (document.present() ? document : from.member("search_result_index")).integer(0).value_or(-1);
  const json_view file = from.member("file_id");
  source.source_id = file.present() ? file.text() : from.member("source").text();
  source.opaque = from.json();
  return source;
}

part read_system_block(const json_view& block) {
  const std::string_view type = block.member("type").required_text();
  if (type == "text" && holds_only(block, {"type", "text", "citations", "cache_control"})) {
    return read_text(block);
  }
  return opaque(block, type);
}

part read_request_block(const json_view& block, bool assistant) {
  const json_view kind = block.member("type");
  const std::string_view type = kind.required_text();
  if (type == "text") {
    return read_system_block(block);
  }
  if (type == "image" || type == "document") {
    return read_media(block, type);
  }
  if (type == "tool_result") {
    if (assistant) {
      kind.fail("is tool_result, which belongs in a user message");
    }
    return read_tool_result(block);
  }
  if (type == "tool_use" || type == "thinking" || type == "redacted_thinking") {
    if (!assistant) {
      kind.fail("is a block that only an assistant message can hold");
    }
    return read_assistants_block(block, type);
  }
  return opaque(block, type);
}

part read_answer_block(const json_view& block) {
  const std::string_view type = block.member("type").required_text();
  if (type == "text") {
    return read_text(block);
  }
  if (type == "tool_use") {
    return read_tool_use(block);
  }
  if (type == "thinking") {
    return read_thinking(block);
  }
  if (type == "redacted_thinking") {
    return read_redacted(block);
  }
  return opaque(block, type);
}

} // namespace inferenceflow::codecs::anthropic
