#include "codecs/bedrock/formats.h"

#include <algorithm>
#include <array>

namespace inferenceflow::codecs::bedrock {
namespace {

using dialogue::media_kind;

struct media_format {
  media_kind kind;
  std::string_view format;
  std::string_view media_type;
};

// The first row of a format gives its MIME type, the first row of a MIME type its format; the other rows are spellings
// that clients use.
constexpr std::array k_formats{
    media_format{media_kind::image, "png", "image/png"},
    media_format{media_kind::image, "jpeg", "image/jpeg"},
    media_format{media_kind::image, "gif", "image/gif"},
    media_format{media_kind::image, "webp", "image/webp"},
    media_format{media_kind::image, "jpeg", "image/jpg"},
    media_format{media_kind::document, "pdf", "application/pdf"},
    media_format{media_kind::document, "csv", "text/csv"},
    media_format{media_kind::document, "doc", "application/msword"},
    media_format{media_kind::document, "docx",
                 "application/vnd.openxmlformats-officedocument.wordprocessingml.document"},
    media_format{media_kind::document, "xls", "application/vnd.ms-excel"},
    media_format{media_kind::document, "xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"},
    media_format{media_kind::document, "html", "text/html"},
    media_format{media_kind::document, "txt", "text/plain"},
    media_format{media_kind::document, "md", "text/markdown"},
    media_format{media_kind::audio, "mp3", "audio/mpeg"},
    media_format{media_kind::audio, "opus", "audio/opus"},
    media_format{media_kind::audio, "wav", "audio/wav"},
    media_format{media_kind::audio, "aac", "audio/aac"},
    media_format{media_kind::audio, "flac", "audio/flac"},
    media_format{media_kind::audio, "mp4", "audio/mp4"},
    media_format{media_kind::audio, "ogg", "audio/ogg"},
    media_format{media_kind::audio, "mkv", "audio/x-matroska"},
    media_format{media_kind::audio, "mka", "audio/matroska"},
    media_format{media_kind::audio, "x-aac", "audio/x-aac"},
    media_format{media_kind::audio, "m4a", "audio/x-m4a"},
    media_format{media_kind::audio, "mpeg", "audio/x-mpeg"},
    media_format{media_kind::audio, "mpga", "audio/mpga"},
    media_format{media_kind::audio, "pcm", "audio/pcm"},
    media_format{media_kind::audio, "webm", "audio/webm"},
    media_format{media_kind::audio, "mp3", "audio/mp3"},
    media_format{media_kind::audio, "wav", "audio/x-wav"},
    media_format{media_kind::audio, "wav", "audio/wave"},
    media_format{media_kind::audio, "m4a", "audio/m4a"},
    media_format{media_kind::video, "mkv", "video/x-matroska"},
    media_format{media_kind::video, "mov", "video/quicktime"},
    media_format{media_kind::video, "mp4", "video/mp4"},
    media_format{media_kind::video, "webm", "video/webm"},
    media_format{media_kind::video, "flv", "video/x-flv"},
    media_format{media_kind::video, "mpeg", "video/mpeg"},
    media_format{media_kind::video, "mpg", "video/mpg"},
    media_format{media_kind::video, "wmv", "video/x-ms-wmv"},
    media_format{media_kind::video, "three_gp", "video/3gpp"},
};

/// Endings of file names that are not the format's own name.
constexpr std::array k_endings{
    media_format{media_kind::image, "jpeg", "jpg"},
    media_format{media_kind::document, "html", "htm"},
    media_format{media_kind::document, "md", "markdown"},
    media_format{media_kind::video, "three_gp", "3gp"},
};

std::string_view ending_of(std::string_view name) {
  const std::size_t dot = name.rfind('.');
  return dot == std::string_view::npos ? std::string_view{} : name.substr(dot + 1);
}

std::string_view format_by_ending(media_kind kind, std::string_view ending) {
  const auto is_it = [&](const media_format& row) { return row.kind == kind && row.format == ending; };
  if (const auto row = std::find_if(k_formats.begin(), k_formats.end(), is_it); row != k_formats.end()) {
    return row->format;
  }
  const auto spells_it = [&](const media_format& row) { return row.kind == kind && row.media_type == ending; };
  const auto row = std::find_if(k_endings.begin(), k_endings.end(), spells_it);
  return row == k_endings.end() ? std::string_view{} : row->format;
}

} // namespace

std::string_view block_key(media_kind kind) noexcept {
  switch (kind) {
  case media_kind::image: return "image";
  case media_kind::document: return "document";
  case media_kind::audio: return "audio";
  case media_kind::video: return "video";
  }
  return "image";
}

std::string media_type_of(media_kind kind, std::string_view format) {
  const auto is_it = [&](const media_format& row) { return row.kind == kind && row.format == format; };
  if (const auto row = std::find_if(k_formats.begin(), k_formats.end(), is_it); row != k_formats.end()) {
    return std::string{row->media_type};
  }
  return format.empty() ? std::string{} : std::string{block_key(kind)}.append("/").append(format);
}

std::string_view format_of(const dialogue::media_part& media) noexcept {
  // "text/plain; charset=utf-8": what follows the type does not matter here.
  const std::string_view type = std::string_view{media.media_type}.substr(0, media.media_type.find(';'));
  const auto is_it = [&](const media_format& row) { return row.kind == media.kind && row.media_type == type; };
  if (const auto row = std::find_if(k_formats.begin(), k_formats.end(), is_it); row != k_formats.end()) {
    return row->format;
  }
  if (type.empty()) {
    for (const std::string_view name : {std::string_view{media.url}, std::string_view{media.name}}) {
      if (const std::string_view format = format_by_ending(media.kind, ending_of(name)); !format.empty()) {
        return format;
      }
    }
  }
  const bool is_text = !media.text.empty() || type.starts_with("text/");
  return media.kind == media_kind::document && is_text ? std::string_view{"txt"} : std::string_view{};
}

} // namespace inferenceflow::codecs::bedrock
