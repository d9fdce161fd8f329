#include "codecs/bedrock/block_read.h"

#include "codecs/bedrock/formats.h"
#include "codecs/bedrock/json_out.h"

#include <utility>

namespace inferenceflow::codecs::bedrock {
namespace {

using namespace dialogue;
using parts_list = std::vector<part>;

void keep_opaque(std::string_view key, const json_view& value, parts_list& parts) {
  opaque_part block{.origin = protocol::bedrock, .type = std::string{key}, .json = {}};
  json_out{block.json}.open_object().key(key).raw(value.json()).close_object();
  parts.emplace_back(std::move(block));
}

std::string joined_texts(const json_view& list) {
  std::string all;
  list.each([&](const json_view& piece) { all.append(piece.member("text").text()); });
  return all;
}

void read_citations_content(const json_view& block, parts_list& parts) {
  text_part words{.text = joined_texts(block.member("content"))};
  block.member("citations").each([&](const json_view& source) { words.citations.push_back(read_citation(source)); });
  parts.emplace_back(std::move(words));
}

/// @returns false when the superset has no place for all of it.
bool read_media(media_kind kind, const json_view& block, media_part& media) {
  const json_view source = block.member("source");
  const json_view stored = source.member("s3Location");
  const json_view cited = block.member("citations");
  if (!source.present() && !block.member("error").present()) {
    source.fail("is missing");
  }
  media.kind = kind;
  media.media_type = media_type_of(kind, block.member("format").text());
  media.data_base64 = source.member("bytes").text();
  media.text = source.member("text").text();
  media.url = stored.present() ? stored.member("uri").required_text() : std::string_view{};
  if (kind == media_kind::document) {
    media.name = block.member("name").text();
    media.context = block.member("context").text();
    media.cited = cited.present() && cited.member("enabled").flag().value_or(false);
  }
  return !stored.member("bucketOwner").present() && !source.member("content").present() &&
         !block.member("error").present();
}

void read_media_block(media_kind kind, const json_view& block, parts_list& parts) {
  media_part media;
  if (read_media(kind, block, media)) {
    parts.emplace_back(std::move(media));
  } else {
    keep_opaque(block_key(kind), block, parts);
  }
}

void read_tool_use(const json_view& block, parts_list& parts) {
  if (block.member("type").text() == "server_tool_use") {
    keep_opaque("toolUse", block, parts);
    return;
  }
  const json_view input = block.member("input");
  parts.emplace_back(tool_call_part{.id = std::string{block.member("toolUseId").required_text()},
                                    .name = std::string{block.member("name").required_text()},
                                    .arguments = input.present() ? input.json() : "{}",
                                    .signature = {}});
}

/// One block of a tool's result. @returns false when the superset has no place for it.
bool read_result_content(const json_view& item, bool is_first, tool_result_part& result) {
  if (const json_view json = item.member("json"); json.present()) {
    if (is_first && json.is_object()) {
      result.json = json.json();
    } else { // a second document, or one that is no object: its text says the same
      result.content.emplace_back(text_part{.text = json.json()});
    }
    return true;
  }
  if (const json_view text = item.member("text"); text.present()) {
    result.content.emplace_back(text_part{.text = std::string{text.text()}});
    return true;
  }
  for (const media_kind kind : {media_kind::image, media_kind::document, media_kind::video}) {
    if (const json_view block = item.member(block_key(kind)); block.present()) {
      media_part media;
      const bool whole = read_media(kind, block, media);
      result.content.emplace_back(std::move(media));
      return whole;
    }
  }
  return false;
}

void read_tool_result(const json_view& block, parts_list& parts) {
  tool_result_part result{.call_id = std::string{block.member("toolUseId").required_text()}};
  const std::string_view status = block.member("status").text();
  if (!status.empty() && status != "success" && status != "error") {
    block.member("status").fail(R"(must be "success" or "error")");
  }
  result.failed = status == "error";
  bool whole = true;
  bool is_first = true;
  block.member("content").each([&](const json_view& item) {
    whole = read_result_content(item, is_first, result) && whole;
    is_first = false;
  });
  if (whole) {
    parts.emplace_back(std::move(result));
  } else {
    keep_opaque("toolResult", block, parts);
  }
}

void read_reasoning(const json_view& block, parts_list& parts) {
  reasoning_part thought;
  const json_view words = block.member("reasoningText");
  thought.text = words.member("text").text();
  thought.signature = words.member("signature").text();
  thought.redacted = block.member("redactedContent").text();
  if (!thought.signature.empty() || !thought.redacted.empty()) {
    thought.origin = protocol::bedrock;
  }
  parts.emplace_back(std::move(thought));
}

/// @returns false when the last part cannot carry a mark.
bool mark_last(parts_list& parts, cache_life life) {
  if (parts.empty()) {
    return false;
  }
  return std::visit(
      [&](auto& last) {
        if constexpr (requires { last.cache_mark; }) {
          const bool is_free = !last.cache_mark;
          last.cache_mark = is_free ? life : last.cache_mark;
          return is_free;
        } else {
          return false;
        }
      },
      parts.back());
}

void read_member(std::string_view key, const json_view& value, speaker who, parts_list& parts) {
  if (key == "text") {
    parts.emplace_back(text_part{.text = std::string{value.text()}});
  } else if (key == "toolUse") {
    read_tool_use(value, parts);
  } else if (key == "toolResult" && who == speaker::client) {
    read_tool_result(value, parts);
  } else if (key == "reasoningContent") {
    read_reasoning(value, parts);
  } else if (key == "citationsContent") {
    read_citations_content(value, parts);
  } else if (key == "image") {
    read_media_block(media_kind::image, value, parts);
  } else if (key == "document") {
    read_media_block(media_kind::document, value, parts);
  } else if (key == "audio") {
    read_media_block(media_kind::audio, value, parts);
  } else if (key == "video") {
    read_media_block(media_kind::video, value, parts);
  } else if (key != "cachePoint" || !mark_last(parts, read_cache_point(value))) {
    keep_opaque(key, value, parts);
  }
}

} // namespace

cache_life read_cache_point(const json_view& point) {
  const std::string_view life = point.member("ttl").text();
  if (!life.empty() && life != "5m" && life != "1h") {
    point.member("ttl").fail(R"(must be "5m" or "1h")");
  }
  return life == "1h" ? cache_life::hour_1 : cache_life::minutes_5;
}

citation read_citation(const json_view& source) {
  citation read{.quote = joined_texts(source.member("sourceContent")),
                .title = std::string{source.member("title").text()},
                .source_id = std::string{source.member("source").text()},
                .opaque = source.json()};
  const json_view place = source.member("location");
  read.url = place.member("web").member("url").text();
  for (const std::string_view kind : {"documentChar", "documentPage", "documentChunk"}) {
    read.source_index = place.member(kind).member("documentIndex").integer(0).value_or(read.source_index);
  }
  const json_view found = place.member("searchResultLocation");
  read.source_index = found.member("searchResultIndex").integer(0).value_or(read.source_index);
  return read;
}

void read_block(const json_view& block, speaker who, std::vector<part>& parts) {
  if (!block.present()) {
    block.fail("must be an object");
    return;
  }
  bool is_empty = true;
  block.members([&](std::string_view key, const json_view& value) {
    is_empty = false;
    read_member(key, value, who, parts);
  });
  if (is_empty) {
    block.fail("must hold one block");
  }
}

} // namespace inferenceflow::codecs::bedrock
