#include "codecs/bedrock/block_write.h"

#include "codecs/bedrock/formats.h"
#include "dialogue/json_view.h"

#include <fmt/format.h>

namespace inferenceflow::codecs::bedrock {
namespace {

using dialogue::media_kind;

constexpr std::string_view k_s3_scheme = "s3://";
constexpr std::size_t k_document_name_bytes_max = 200;

bool is_name_byte(char byte) {
  return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9') || byte == '-' ||
         byte == '(' || byte == ')' || byte == '[' || byte == ']';
}

void write_source(const dialogue::media_part& media, json_out& out) {
  out.key("source").open_object();
  if (!media.url.empty()) {
    out.key("s3Location").open_object().key("uri").text(media.url).close_object();
  } else if (!media.text.empty()) {
    out.key("text").text(media.text);
  } else {
    out.key("bytes").text(media.data_base64);
  }
  out.close_object();
}

} // namespace

media_fault fault_of(const dialogue::media_part& media) {
  if (!media.file_id.empty()) {
    return {"file_id", "names a file of another provider: Bedrock takes bytes or an s3:// URL"};
  }
  if (!media.url.empty() && !std::string_view{media.url}.starts_with(k_s3_scheme)) {
    return {"url", "must be an s3:// URL: Bedrock fetches no other; or send the bytes"};
  }
  if (!media.text.empty() && media.kind != media_kind::document) {
    return {"text", "is for documents only"};
  }
  if (format_of(media).empty()) {
    return {"media_type", "is none that Bedrock takes for this kind of content"};
  }
  return {};
}

std::string document_name(std::string_view name, std::size_t number) {
  std::string out;
  for (const char byte : name.substr(0, k_document_name_bytes_max)) {
    const char kept = is_name_byte(byte) ? byte : byte == ' ' ? ' ' : '-';
    if (kept == ' ' && (out.empty() || out.back() == ' ')) {
      continue;
    }
    out.push_back(kept);
  }
  return out.empty() || out == " " ? fmt::format("document-{}", number) : out;
}

void write_media(const dialogue::media_part& media, std::string_view name, json_out& out) {
  out.open_object().key(block_key(media.kind)).open_object();
  out.key("format").text(format_of(media));
  if (media.kind == media_kind::document) {
    out.key("name").text(name);
  }
  write_source(media, out);
  if (media.kind == media_kind::document && !media.context.empty()) {
    out.key("context").text(media.context);
  }
  if (media.kind == media_kind::document && media.cited) {
    out.key("citations").open_object().key("enabled").flag(true).close_object();
  }
  out.close_object().close_object();
}

void write_text(std::string_view text, json_out& out) {
  out.open_object().key("text").text(text).close_object();
}

bool is_own(const dialogue::citation& source) {
  if (source.opaque.empty()) {
    return false;
  }
  // Only the document that it was read from says whose it is: Converse alone has these two members.
  dialogue::json_document document;
  const auto root = document.parse(source.opaque);
  return root.is_object() && !document.failure() &&
         (root.member("sourceContent").is_array() || root.member("location").is_object());
}

void write_citation(const dialogue::citation& source, json_out& out) {
  if (is_own(source)) {
    out.raw(source.opaque);
    return;
  }
  out.open_object();
  if (!source.title.empty()) {
    out.key("title").text(source.title);
  }
  if (!source.source_id.empty()) {
    out.key("source").text(source.source_id);
  }
  if (!source.quote.empty()) {
    out.key("sourceContent").open_array();
    write_text(source.quote, out);
    out.close_array();
  }
  if (!source.url.empty()) {
    out.key("location").open_object().key("web").open_object().key("url").text(source.url);
    out.close_object().close_object();
  } else if (source.source_index >= 0) {
    out.key("location").open_object().key("documentChar").open_object();
    out.key("documentIndex").integer(source.source_index).close_object().close_object();
  }
  out.close_object();
}

void write_cited_text(const dialogue::text_part& words, json_out& out) {
  out.open_object().key("citationsContent").open_object().key("content").open_array();
  write_text(words.text, out);
  out.close_array().key("citations").open_array();
  for (const auto& source : words.citations) {
    write_citation(source, out);
  }
  out.close_array().close_object().close_object();
}

void write_tool_use(std::string_view id, std::string_view name, std::string_view input, json_out& out) {
  out.open_object().key("toolUse").open_object();
  out.key("toolUseId").text(id).key("name").text(name).key("input").raw(input);
  out.close_object().close_object();
}

void write_reasoning(std::string_view text, std::string_view signature, std::string_view redacted, json_out& out) {
  if (!text.empty() || !signature.empty() || redacted.empty()) {
    out.open_object().key("reasoningContent").open_object().key("reasoningText").open_object().key("text").text(text);
    if (!signature.empty()) {
      out.key("signature").text(signature);
    }
    out.close_object().close_object().close_object();
  }
  if (!redacted.empty()) {
    out.open_object().key("reasoningContent").open_object().key("redactedContent").text(redacted);
    out.close_object().close_object();
  }
}

void write_cache_point(dialogue::cache_life life, json_out& out) {
  out.open_object().key("cachePoint").open_object().key("type").text("default");
  if (life == dialogue::cache_life::hour_1) { // without it: five minutes, which older models take only so
    out.key("ttl").text("1h");
  }
  out.close_object().close_object();
}

} // namespace inferenceflow::codecs::bedrock
