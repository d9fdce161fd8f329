#include "codecs/gemini/part_read.h"

#include "codecs/gemini/fields.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace inferenceflow::codecs::gemini {

using dialogue::json_view;

namespace {

/// How base64url and stray characters become base64: the character, or NUL for what is none.
constexpr std::array<char, 256> k_standard = [] {
  std::array<char, 256> table{};
  for (const char c : std::string_view{"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"}) {
    table.at(static_cast<unsigned char>(c)) = c;
  }
  table.at('-') = '+';
  table.at('_') = '/';
  return table;
}();

/// A file that only Google can fetch; anything else is a link that anybody can follow.
bool is_googles_file(std::string_view uri) {
  return uri.substr(0, 5) == "gs://" || uri.substr(0, 6) == "files/" ||
         (uri.find("googleapis.com/") != std::string_view::npos && uri.find("/files/") != std::string_view::npos);
}

std::string detail_of(const json_view& resolution) {
  const std::string_view level = resolution.member("level").text();
  return level == "MEDIA_RESOLUTION_LOW"      ? "low"
         : level == "MEDIA_RESOLUTION_MEDIUM" ? "medium"
         : level.empty()                      ? ""
                                              : "high";
}

dialogue::media_part read_inline(const json_view& blob) {
  dialogue::media_part media;
  media.media_type = get(blob, k_mime_type).required_text();
  if (media.media_type == "image/jpg") { // a name that is none, and that most providers refuse
    media.media_type = "image/jpeg";
  }
  media.kind = kind_of(media.media_type);
  media.name = get(blob, k_display_name).text();
  const json_view data = blob.member("data");
  if (auto bytes = standard_base64(data.required_text())) {
    media.data_base64 = std::move(*bytes);
  } else {
    data.fail("must be base64");
  }
  return media;
}

dialogue::media_part read_file(const json_view& file) {
  dialogue::media_part media;
  media.media_type = get(file, k_mime_type).text();
  media.kind = kind_of(media.media_type);
  media.name = get(file, k_display_name).text();
  const std::string_view uri = get(file, k_file_uri).required_text();
  (is_googles_file(uri) ? media.file_id : media.url) = uri;
  return media;
}

dialogue::tool_call_part read_call(const json_view& call, std::string_view signature, call_ids& ids) {
  dialogue::tool_call_part asked;
  asked.name = call.member("name").required_text();
  asked.id = ids.of_call(call.member("id").text(), asked.name);
  const json_view arguments = call.member("args");
  if (arguments.present() && !arguments.is_object()) {
    arguments.fail("must be an object");
  }
  asked.arguments = arguments.present() ? arguments.json() : "{}";
  if (signature != k_no_signature) {
    asked.signature = signature;
  }
  return asked;
}

/// {"output": text} and {"error": text} are how Gemini spells a plain result; any other object is kept whole.
void read_response(const json_view& response, dialogue::tool_result_part& result) {
  if (response.present() && !response.is_object()) {
    response.fail("must be an object");
    return;
  }
  std::size_t members = 0;
  response.members([&](std::string_view, const json_view&) { ++members; });
  const json_view output = response.member("output");
  const json_view failure = response.member("error");
  result.failed = failure.present() && !output.present();
  const json_view& plain = result.failed ? failure : output;
  if (members == 1 && plain.is_text()) {
    result.content.emplace_back(dialogue::text_part{.text = std::string{plain.text()}});
  } else if (members > 0) {
    result.json = response.json();
  }
}

dialogue::tool_result_part read_result(const json_view& given, call_ids& ids) {
  dialogue::tool_result_part result;
  result.name = given.member("name").required_text();
  result.call_id = ids.of_result(given.member("id").text(), result.name);
  read_response(given.member("response"), result);
  each_of(given.member("parts"), [&](const json_view& part) {
    if (const json_view blob = get(part, k_inline_data); blob.present()) {
      result.content.emplace_back(read_inline(blob));
    } else if (const json_view file = get(part, k_file_data); file.present()) {
      result.content.emplace_back(read_file(file));
    } else {
      part.fail("must hold inlineData or fileData");
    }
  });
  return result;
}

/// A part that only Gemini knows: its type is the member that is not a decoration.
std::optional<dialogue::part> read_opaque(const json_view& part) {
  std::string type;
  part.members([&](std::string_view key, const json_view& value) {
    if (type.empty() && value.is_object() && key != k_video_metadata.camel && key != k_video_metadata.snake &&
        key != k_media_resolution.camel && key != k_media_resolution.snake && key != "partMetadata") {
      type = key;
    }
  });
  if (type.empty()) {
    return std::nullopt;
  }
  return dialogue::opaque_part{.origin = dialogue::protocol::gemini, .type = std::move(type), .json = part.json()};
}

std::optional<dialogue::part> read_text(const json_view& part, const json_view& text, std::string_view signature) {
  if (part.member("thought").flag().value_or(false)) {
    dialogue::reasoning_part thought;
    thought.text = text.text();
    thought.summary = true; // Gemini shows summaries only
    if (!signature.empty()) {
      thought.signature = signature;
      thought.origin = dialogue::protocol::gemini;
    }
    return thought.text.empty() && signature.empty() ? std::nullopt : std::optional<dialogue::part>{std::move(thought)};
  }
  if (text.text().empty() && signature.empty()) {
    return std::nullopt;
  }
  return dialogue::text_part{.text = std::string{text.text()}, .signature = std::string{signature}};
}

} // namespace

dialogue::media_kind kind_of(std::string_view media_type) noexcept {
  const std::string_view family = media_type.substr(0, media_type.find('/'));
  return family == "image"   ? dialogue::media_kind::image
         : family == "audio" ? dialogue::media_kind::audio
         : family == "video" ? dialogue::media_kind::video
                             : dialogue::media_kind::document;
}

std::optional<std::string> standard_base64(std::string_view given) {
  while (!given.empty() && given.back() == '=') {
    given.remove_suffix(1);
  }
  if (given.size() % 4 == 1) {
    return std::nullopt;
  }
  std::string bytes(given.size(), '\0');
  for (std::size_t i = 0; i < given.size(); ++i) {
    bytes[i] = k_standard[static_cast<unsigned char>(given[i])];
    if (bytes[i] == '\0') {
      return std::nullopt;
    }
  }
  bytes.append((4 - bytes.size() % 4) % 4, '=');
  return bytes;
}

std::optional<dialogue::part> read_part(const json_view& part, call_ids& ids) {
  const std::string_view signature = get(part, k_thought_signature).text();
  if (const json_view text = part.member("text"); text.present()) {
    return read_text(part, text, signature);
  }
  if (const json_view call = get(part, k_function_call); call.present()) {
    return read_call(call, signature, ids);
  }
  if (const json_view result = get(part, k_function_response); result.present()) {
    return read_result(result, ids);
  }
  const json_view blob = get(part, k_inline_data);
  const json_view file = get(part, k_file_data);
  // A clip of a video asks for something else than the video: kept whole, so that nobody drops the cut.
  if ((blob.present() || file.present()) && !get(part, k_video_metadata).present()) {
    dialogue::media_part media = blob.present() ? read_inline(blob) : read_file(file);
    media.detail = detail_of(get(part, k_media_resolution));
    return media;
  }
  if (auto block = read_opaque(part)) {
    return block;
  }
  return read_text(part, part.member("text"), signature);
}

} // namespace inferenceflow::codecs::gemini
