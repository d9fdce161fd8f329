#include "codecs/cohere/document.h"

namespace inferenceflow::codecs::cohere {

using dialogue::json_view;
using dialogue::media_kind;
using dialogue::media_part;

namespace {

constexpr std::string_view k_plain = "text/plain";
constexpr std::string_view k_json = "application/json";

/// The fields of a document's data when they are no more than words and a title.
struct plain_data {
  std::size_t texts = 0;
  bool plain = true;
  std::string_view text = {};
  std::string_view title = {};
  std::string_view context = {};
};

plain_data look_at(const json_view& data) {
  plain_data found;
  data.members([&](std::string_view key, const json_view& value) {
    const bool body = key == "text" || key == "snippet";
    std::string_view plain_data::*const place = body               ? &plain_data::text
                                                : key == "title"   ? &plain_data::title
                                                : key == "context" ? &plain_data::context
                                                                   : nullptr;
    // An empty title would not come back: such data is kept as it is.
    if (place == nullptr || !value.is_text() || (!body && value.text().empty())) {
      found.plain = false;
      return;
    }
    found.*place = value.text();
    found.texts += body ? 1 : 0;
  });
  found.plain = found.plain && found.texts == 1;
  return found;
}

media_part part_of(std::string_view media_type, std::string text, bool cited) {
  return {.kind = media_kind::document, .media_type = std::string{media_type}, .text = std::move(text), .cited = cited};
}

/// {"data":…,"id":…}: written by read_document(), so it is Cohere's own.
bool is_whole_document(const json_view& root) {
  bool known = root.member("data").is_object();
  root.members([&](std::string_view key, const json_view& value) {
    known = known && (key == "data" || (key == "id" && value.is_text()));
  });
  return known;
}

} // namespace

media_part read_document(const json_view& document, bool cited) {
  if (document.is_text()) {
    return part_of(k_plain, std::string{document.text()}, cited);
  }
  const json_view data = document.member("data");
  if (!data.present()) {
    data.fail("is missing");
    return {};
  }
  if (data.is_text() && !document.member("id").present()) {
    // Some callers put the object into a string.
    const std::string_view text = data.text();
    return is_object_text(text) ? part_of(k_json, "{\"data\":" + std::string{text} + "}", cited)
                                : part_of(k_plain, std::string{text}, cited);
  }
  const bool anonymous = !document.member("id").present();
  if (data.is_object() && anonymous) {
    const plain_data found = look_at(data);
    if (found.plain) {
      media_part words = part_of(k_plain, std::string{found.text}, cited);
      words.name = found.title;
      words.context = found.context;
      return words;
    }
  }
  std::string whole;
  json_out json{whole};
  json.open_object();
  if (data.is_object()) {
    json.raw_member("data", data.json());
  } else {
    json.open_object_member("data");
    json.text_member("text", data.text());
    json.close_object();
  }
  if (!anonymous) {
    json.text_member("id", document.member("id").text());
  }
  json.close_object();
  return part_of(k_json, std::move(whole), cited);
}

void write_document(json_out& json, const media_part& document) {
  if (document.media_type == k_json) {
    dialogue::json_document parsed;
    const json_view root = parsed.parse(document.text);
    if (root.is_object() && !parsed.failure()) {
      if (is_whole_document(root)) {
        json.raw(document.text);
        return;
      }
      json.open_object();
      json.raw_member("data", document.text);
      json.close_object();
      return;
    }
  }
  json.open_object();
  json.open_object_member("data");
  if (!document.name.empty()) {
    json.text_member("title", document.name);
  }
  json.text_member("text", document.text);
  if (!document.context.empty()) {
    json.text_member("context", document.context);
  }
  json.close_object();
  json.close_object();
}

} // namespace inferenceflow::codecs::cohere
