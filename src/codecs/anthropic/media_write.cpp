#include "codecs/anthropic/media_write.h"

#include "codecs/anthropic/block_write.h"
#include "wire/json/text.h"

#include <array>
#include <optional>
#include <string_view>
#include <utility>

namespace inferenceflow::codecs::anthropic {

using dialogue::media_kind;
using dialogue::media_part;

namespace {

/// Anthropic's file ids; those of others look different and mean nothing to it.
constexpr std::string_view k_file_id_start = "file_";

/// What the base64 of each image format that Anthropic takes begins with.
constexpr std::array k_image_starts{
    std::pair{std::string_view{"/9j/"}, std::string_view{"image/jpeg"}},
    std::pair{std::string_view{"iVBORw0KGgo"}, std::string_view{"image/png"}},
    std::pair{std::string_view{"R0lGOD"}, std::string_view{"image/gif"}},
    std::pair{std::string_view{"UklGR"}, std::string_view{"image/webp"}},
};

std::string_view media_type_of(const media_part& media) {
  if (!media.media_type.empty()) {
    return media.media_type == "image/jpg" ? std::string_view{"image/jpeg"} : std::string_view{media.media_type};
  }
  if (media.kind == media_kind::document) {
    return "application/pdf";
  }
  for (const auto& [start, type] : k_image_starts) {
    if (std::string_view{media.data_base64}.substr(0, start.size()) == start) {
      return type;
    }
  }
  return {};
}

bool is_text_type(std::string_view type) {
  return type.substr(0, 5) == "text/" || type == "application/json" || type == "application/xml";
}

constexpr int k_no_digit = -1;

int base64_digit(char c) noexcept {
  if (c >= 'A' && c <= 'Z') {
    return c - 'A';
  }
  if (c >= 'a' && c <= 'z') {
    return c - 'a' + 26;
  }
  if (c >= '0' && c <= '9') {
    return c - '0' + 52;
  }
  return c == '+' ? 62 : c == '/' ? 63 : k_no_digit;
}

/// @returns nothing unless `base64` is valid and its bytes are UTF-8.
std::optional<std::string> decoded_text(std::string_view base64) {
  while (!base64.empty() && base64.back() == '=') {
    base64.remove_suffix(1);
  }
  std::string text;
  text.reserve(base64.size() / 4 * 3 + 3);
  std::uint32_t bits = 0;
  unsigned held = 0;
  for (const char c : base64) {
    const int digit = base64_digit(c);
    if (digit == k_no_digit) {
      return std::nullopt;
    }
    bits = (bits << 6U) | static_cast<std::uint32_t>(digit);
    held += 6;
    if (held >= 8) {
      held -= 8;
      text.push_back(static_cast<char>((bits >> held) & 0xFFU));
    }
  }
  if (wire::json::find_invalid_utf8(text) != std::string_view::npos) {
    return std::nullopt;
  }
  return text;
}

void write_text_source(json_writer& out, std::string_view text) {
  out.text("type", "text");
  out.text("media_type", "text/plain");
  out.text("data", text);
}

void write_bytes(json_writer& out, const media_part& media, const std::string& path, loss_list& losses) {
  const std::string_view type = media_type_of(media);
  if (media.kind == media_kind::document && is_text_type(type)) {
    const auto text = decoded_text(media.data_base64);
    if (!text) {
      losses.refuse(path, "holds a text document that is not base64 of UTF-8");
      return;
    }
    write_text_source(out, *text);
    return;
  }
  if (type.empty()) {
    losses.refuse(path, "holds an image without a media type");
  }
  out.text("type", "base64");
  out.text("media_type", type);
  out.text("data", media.data_base64);
}

void write_source(json_writer& out, const media_part& media, const std::string& path, loss_list& losses) {
  out.key("source");
  out.begin_object();
  if (!media.data_base64.empty()) {
    write_bytes(out, media, path, losses);
  } else if (!media.url.empty()) {
    out.text("type", "url");
    out.text("url", media.url);
  } else if (!media.file_id.empty()) {
    if (media.file_id.compare(0, k_file_id_start.size(), k_file_id_start) != 0) {
      losses.refuse(path, "names a file that Anthropic does not hold");
    }
    out.text("type", "file");
    out.text("file_id", media.file_id);
  } else if (media.kind == media_kind::document) {
    write_text_source(out, media.text);
  } else {
    losses.refuse(path, "holds an image without data");
  }
  out.end_object();
}

} // namespace

void write_media(json_writer& out, const media_part& media, const std::string& path, loss_list& losses) {
  if (media.kind == media_kind::audio || media.kind == media_kind::video) {
    losses.refuse(path, media.kind == media_kind::audio ? "is audio, which this provider does not take"
                                                        : "is video, which this provider does not take");
    return;
  }
  const bool document = media.kind == media_kind::document;
  out.begin_object();
  out.text("type", document ? "document" : "image");
  write_source(out, media, path, losses);
  if (document && !media.name.empty()) {
    out.text("title", media.name);
  }
  if (document && !media.context.empty()) {
    out.text("context", media.context);
  }
  if (document && media.cited) {
    out.key("citations");
    out.begin_object();
    out.flag("enabled", true);
    out.end_object();
  }
  write_cache_mark(out, media.cache_mark);
  out.end_object();
  if (!document && !media.name.empty()) {
    losses.drop(path + ".name");
  }
  if (!document && !media.context.empty()) {
    losses.drop(path + ".context");
  }
  if (!media.detail.empty()) {
    losses.drop(path + ".detail");
  }
}

} // namespace inferenceflow::codecs::anthropic
