#include "codecs/openai_chat/part_read.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

namespace inferenceflow::codecs::openai_chat {

using dialogue::json_view;
using dialogue::media_kind;
using dialogue::media_part;
using dialogue::part;

namespace {

std::optional<dialogue::cache_life> read_cache_mark(const json_view& holder) {
  const auto control = holder.member("cache_control");
  if (control.present()) {
    return control.member("ttl").text() == "1h" ? dialogue::cache_life::hour_1 : dialogue::cache_life::minutes_5;
  }
  return holder.member("prompt_cache_breakpoint").present() ? std::optional{dialogue::cache_life::minutes_5}
                                                            : std::nullopt;
}

/// The URL of {"image_url": {"url": …}}, or of Mistral's {"image_url": "…"}.
void read_linked(const json_view& link, media_part& into) {
  read_url(link.is_text() ? link.text() : link.member("url").required_text(), into);
  if (link.is_object()) {
    into.detail = link.member("detail").text();
  }
}

void read_audio(const json_view& audio, media_part& into) {
  into.kind = media_kind::audio;
  into.data_base64 = audio.member("data").required_text();
  const std::string_view format = audio.member("format").required_text();
  into.media_type = format == "mp3" ? "audio/mpeg" : "audio/" + std::string{format};
}

void read_file(const json_view& file, media_part& into) {
  into.kind = media_kind::document;
  into.file_id = file.member("file_id").text();
  if (const auto data = file.member("file_data"); data.present()) {
    read_url(data.text(), into);
    if (!into.url.empty() && into.url.find("://") == std::string::npos) { // bare base64, as some clients send it
      into.data_base64 = std::exchange(into.url, {});
    }
  } else if (into.file_id.empty()) {
    file.fail("needs file_id or file_data");
  }
  const std::string_view name = file.member("filename").text();
  into.name = name == k_unnamed_file ? std::string_view{} : name;
}

/// Mistral: {"type": "thinking", "thinking": [{"type": "text", "text": …}] or a string}.
void read_thinking(const json_view& thinking, std::vector<part>& into) {
  dialogue::reasoning_part thought;
  if (thinking.is_text()) {
    thought.text = thinking.text();
  } else {
    thinking.each([&](const json_view& piece) { thought.text += piece.member("text").text(); });
  }
  into.emplace_back(std::move(thought));
}

void read_part(const json_view& value, std::vector<part>& into) {
  if (value.is_text()) { // a bare string among the parts, as some hosts allow
    into.emplace_back(dialogue::text_part{.text = std::string{value.text()}});
    return;
  }
  const std::string_view type = value.member("type").required_text();
  media_part media;
  if (type == "text") {
    into.emplace_back(dialogue::text_part{.text = std::string{value.member("text").required_text()},
                                          .citations = {},
                                          .cache_mark = read_cache_mark(value)});
    return;
  }
  if (type == "refusal") {
    into.emplace_back(dialogue::refusal_part{.text = std::string{value.member("refusal").required_text()}});
    return;
  }
  if (type == "thinking") {
    read_thinking(value.member("thinking"), into);
    return;
  }
  if (type == "image_url") {
    read_linked(value.member("image_url"), media);
  } else if (type == "video_url") {
    media.kind = media_kind::video;
    read_linked(value.member("video_url"), media);
  } else if (type == "document_url") {
    media.kind = media_kind::document;
    read_linked(value.member("document_url"), media);
  } else if (type == "input_audio") {
    read_audio(value.member("input_audio"), media);
  } else if (type == "file") {
    read_file(value.member("file"), media);
  } else {
    into.emplace_back(dialogue::opaque_part{
        .origin = dialogue::protocol::openai_chat, .type = std::string{type}, .json = value.json()});
    return;
  }
  media.cache_mark = read_cache_mark(value);
  into.emplace_back(std::move(media));
}

} // namespace

void read_url(std::string_view url, media_part& into) {
  constexpr std::string_view k_scheme = "data:";
  constexpr std::string_view k_encoding = ";base64";
  const std::size_t comma = url.find(',');
  if (url.substr(0, k_scheme.size()) != k_scheme || comma == std::string_view::npos) {
    into.url = url;
    return;
  }
  const std::string_view header = url.substr(k_scheme.size(), comma - k_scheme.size());
  if (header.size() < k_encoding.size() || header.substr(header.size() - k_encoding.size()) != k_encoding) {
    into.url = url; // percent-encoded text
    return;
  }
  const std::string_view type = header.substr(0, header.find(';'));
  into.media_type = type == "image/jpg" ? "image/jpeg" : type; // a name that is none, and that most providers refuse
  into.data_base64 = url.substr(comma + 1);
}

void read_content(const json_view& content, std::vector<part>& into) {
  if (content.is_array()) {
    content.each([&](const json_view& value) { read_part(value, into); });
  } else if (const std::string_view text = content.text(); !text.empty()) {
    into.emplace_back(dialogue::text_part{.text = std::string{text}});
  }
}

} // namespace inferenceflow::codecs::openai_chat
