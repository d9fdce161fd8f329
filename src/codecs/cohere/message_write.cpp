#include "codecs/cohere/message_write.h"

#include "codecs/cohere/document.h"

#include <algorithm>
#include <fmt/format.h>

namespace inferenceflow::codecs::cohere {

using dialogue::media_kind;
using dialogue::media_part;
using dialogue::message;
using dialogue::part;
using dialogue::role;
using dialogue::text_part;
using dialogue::tool_result_part;

namespace {

/// Documents that Cohere can take: their text is known.
bool is_text_document(const media_part& media) {
  return media.kind == media_kind::document && media.data_base64.empty() && media.url.empty() && media.file_id.empty();
}

void write_text_block(json_out& json, std::string_view text) {
  json.open_object();
  json.text_member("type", "text");
  json.text_member("text", text);
  json.close_object();
}

void write_image(json_out& json, const media_part& image) {
  json.open_object();
  json.text_member("type", "image_url");
  json.open_object_member("image_url");
  if (image.url.empty()) {
    const std::string_view type = image.media_type.empty() ? std::string_view{"image/png"} : image.media_type;
    json.key("url");
    json.text({"data:", type, ";base64,", image.data_base64});
  } else {
    json.text_member("url", image.url);
  }
  if (!image.detail.empty()) {
    json.text_member("detail", image.detail);
  }
  json.close_object();
  json.close_object();
}

/// Empty texts and nothing else.
bool says_nothing(const message& given) {
  return std::all_of(given.parts.begin(), given.parts.end(), [](const part& held) {
    const auto* words = std::get_if<text_part>(&held);
    return words != nullptr && words->text.empty();
  });
}

/// Writes the messages that are not an assistant's.
class message_writer {
public:
  message_writer(json_out& json, write_notes& notes)
      : json_(json)
      , notes_(notes) {}

  void write_words(const message& given, const std::string& path);
  void write_result(const tool_result_part& result, const std::string& path);

private:
  void note(const text_part& words, const std::string& at);
  void note(const media_part& media, const std::string& at);
  [[nodiscard]] bool takes(const message& given, const part& each, const std::string& at);
  void write_content_part(const part& each);
  void write_result_item(const std::variant<text_part, media_part>& item, bool failed, const std::string& at);
  void write_text_result(std::string_view text, bool failed);

  json_out& json_;
  write_notes& notes_;
};

void message_writer::note(const text_part& words, const std::string& at) {
  if (words.cache_mark) {
    notes_.drop(at + ".cache_mark");
  }
  if (!words.signature.empty()) {
    notes_.drop(at + ".signature");
  }
  if (!words.citations.empty()) {
    notes_.drop(at + ".citations");
  }
}

void message_writer::note(const media_part& media, const std::string& at) {
  if (media.cache_mark) {
    notes_.drop(at + ".cache_mark");
  }
  if (media.kind == media_kind::image) {
    if (!media.name.empty()) {
      notes_.drop(at + ".name");
    }
    if (!media.context.empty()) {
      notes_.drop(at + ".context");
    }
  }
}

/// @returns true if the part is to be written into the content; documents go elsewhere.
bool message_writer::takes(const message& given, const part& each, const std::string& at) {
  if (const auto* words = std::get_if<text_part>(&each)) {
    note(*words, at);
    return true;
  }
  if (std::holds_alternative<dialogue::refusal_part>(each)) {
    return true;
  }
  const auto* media = std::get_if<media_part>(&each);
  if (media != nullptr && given.who == role::user) {
    note(*media, at);
    if (is_text_document(*media)) {
      return false;
    }
    if (media->kind != media_kind::image) {
      notes_.refuse(at, "Cohere takes images, and documents as plain text");
    } else if (!media->file_id.empty()) {
      notes_.refuse(at, "Cohere holds no files of other providers");
    }
    return true;
  }
  const auto* block = std::get_if<dialogue::opaque_part>(&each);
  if (block != nullptr && block->origin == dialogue::protocol::cohere) {
    return true;
  }
  notes_.refuse(at, block != nullptr ? "Cohere does not know blocks of other protocols"
                                     : "Cohere takes no such part in this role's message");
  return false;
}

void message_writer::write_content_part(const part& each) {
  if (const auto* words = std::get_if<text_part>(&each)) {
    write_text_block(json_, words->text);
  } else if (const auto* refusal = std::get_if<dialogue::refusal_part>(&each)) {
    write_text_block(json_, refusal->text);
  } else if (const auto* media = std::get_if<media_part>(&each)) {
    write_image(json_, *media);
  } else if (const auto* block = std::get_if<dialogue::opaque_part>(&each)) {
    json_.raw(block->json);
  }
}

void message_writer::write_words(const message& given, const std::string& path) {
  std::vector<const part*> taken;
  for (std::size_t i = 0; i < given.parts.size(); ++i) {
    if (takes(given, given.parts[i], fmt::format("{}.parts[{}]", path, i))) {
      taken.push_back(&given.parts[i]);
    }
  }
  json_.open_object();
  json_.text_member("role", given.who == role::user ? "user" : "system");
  if (taken.size() == 1 && std::holds_alternative<text_part>(*taken.front())) {
    json_.text_member("content", std::get<text_part>(*taken.front()).text);
  } else {
    json_.open_array_member("content");
    for (const part* each : taken) {
      write_content_part(*each);
    }
    json_.close_array();
  }
  json_.close_object();
}

void message_writer::write_text_result(std::string_view text, bool failed) {
  if (!failed) {
    write_text_block(json_, text);
    return;
  }
  json_.open_object();
  json_.text_member("type", "document");
  json_.open_object_member("document");
  json_.open_object_member("data");
  json_.text_member("error", text);
  json_.close_object();
  json_.close_object();
  json_.close_object();
}

void message_writer::write_result_item(const std::variant<text_part, media_part>& item, bool failed,
                                       const std::string& at) {
  if (const auto* words = std::get_if<text_part>(&item)) {
    note(*words, at);
    write_text_result(words->text, failed);
    return;
  }
  const auto& media = std::get<media_part>(item);
  note(media, at);
  if (!is_text_document(media)) {
    notes_.refuse(at, "Cohere takes text and documents as tool results");
    return;
  }
  json_.open_object();
  json_.text_member("type", "document");
  json_.key("document");
  write_document(json_, media);
  json_.close_object();
}

void message_writer::write_result(const tool_result_part& result, const std::string& path) {
  if (result.cache_mark) {
    notes_.drop(path + ".cache_mark");
  }
  json_.open_object();
  json_.text_member("role", "tool");
  json_.text_member("tool_call_id", result.call_id);
  const auto* only = result.content.size() == 1 ? std::get_if<text_part>(&result.content.front()) : nullptr;
  if (only != nullptr && result.json.empty() && !result.failed) {
    note(*only, path + ".content[0]");
    json_.text_member("content", only->text);
    json_.close_object();
    return;
  }
  json_.open_array_member("content");
  for (std::size_t i = 0; i < result.content.size(); ++i) {
    write_result_item(result.content[i], result.failed, fmt::format("{}.content[{}]", path, i));
  }
  if (!result.json.empty()) {
    if (!is_object_text(result.json)) {
      notes_.refuse(path + ".json", "must be a JSON object");
    }
    json_.open_object();
    json_.text_member("type", "document");
    json_.open_object_member("document");
    json_.raw_member("data", result.json);
    json_.close_object();
    json_.close_object();
  }
  if (result.failed && result.content.empty()) {
    if (result.json.empty()) {
      write_text_result("", true);
    } else {
      notes_.drop(path + ".failed");
    }
  }
  json_.close_array();
  json_.close_object();
}

} // namespace

void write_messages(json_out& json, std::span<const message> messages, write_notes& notes) {
  message_writer writer{json, notes};
  json.open_array();
  for (std::size_t i = 0; i < messages.size(); ++i) {
    const message& given = messages[i];
    if (says_nothing(given)) {
      continue; // Cohere refuses messages without content
    }
    const std::string path = fmt::format("messages[{}]", i);
    if (!given.name.empty()) {
      notes.drop(path + ".name");
    }
    if (given.who == role::assistant) {
      json.open_object();
      json.text_member("role", "assistant");
      write_assistant(json, given.parts, path, true, notes);
      json.close_object();
    } else if (given.who == role::tool) {
      for (std::size_t at = 0; at < given.parts.size(); ++at) {
        const std::string part_path = fmt::format("{}.parts[{}]", path, at);
        if (const auto* result = std::get_if<tool_result_part>(&given.parts[at])) {
          writer.write_result(*result, part_path);
        } else {
          notes.refuse(part_path, "a tool's message holds results only");
        }
      }
    } else {
      writer.write_words(given, path);
    }
  }
  json.close_array();
}

std::vector<const media_part*> documents_of(std::span<const message> messages) {
  std::vector<const media_part*> found;
  for (const message& given : messages) {
    if (given.who == role::user) {
      for (const part& each : given.parts) {
        if (const auto* media = std::get_if<media_part>(&each); media != nullptr && is_text_document(*media)) {
          found.push_back(media);
        }
      }
    }
  }
  return found;
}

} // namespace inferenceflow::codecs::cohere
