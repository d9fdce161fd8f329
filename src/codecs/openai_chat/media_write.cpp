// The members of message_writer that write media and what tools returned.
#include "codecs/openai_chat/message_write.h"
#include "codecs/openai_chat/part_read.h"

#include <fmt/format.h>

namespace inferenceflow::codecs::openai_chat {

using dialogue::media_kind;
using dialogue::media_part;
using dialogue::text_part;

namespace {

std::string_view audio_format(std::string_view media_type) {
  if (media_type == "audio/mpeg" || media_type == "audio/mp3") {
    return "mp3";
  }
  if (media_type == "audio/x-wav" || media_type == "audio/wave") {
    return "wav";
  }
  const std::size_t slash = media_type.find('/');
  return slash == std::string_view::npos ? media_type : media_type.substr(slash + 1);
}

void write_source(json_out& out, const media_part& medium) {
  if (medium.data_base64.empty()) {
    out.text(medium.url);
  } else {
    out.text({fmt::format("data:{};base64,", medium.media_type), medium.data_base64});
  }
}

} // namespace

void message_writer::write_medium(const media_part& medium, const std::string& path) {
  const bool linked = !medium.data_base64.empty() || !medium.url.empty();
  if (medium.kind == media_kind::document) {
    write_document(medium, path);
    return;
  }
  if (medium.kind == media_kind::audio) {
    if (medium.data_base64.empty()) {
      refuse(path, "audio must come with its bytes");
      return;
    }
    out_.open_object().key("type").text("input_audio").key("input_audio").open_object();
    out_.key("data").text(medium.data_base64).key("format").text(audio_format(medium.media_type)).close_object();
  } else if (!linked || (medium.kind == media_kind::video && !dialect_.video)) {
    refuse(path, linked ? "this host takes no video" : "a medium must come with its bytes or a URL");
    return;
  } else {
    const std::string_view type = medium.kind == media_kind::video ? "video_url" : "image_url";
    out_.open_object().key("type").text(type).key(type).open_object().key("url");
    write_source(out_, medium);
    if (!medium.detail.empty()) {
      out_.key("detail").text(medium.detail);
    }
    out_.close_object();
  }
  if (!write_cache_mark(out_, medium.cache_mark, dialect_)) {
    lose(path + ".cache_mark");
  }
  out_.close_object();
}

void message_writer::write_document(const media_part& document, const std::string& path) {
  if (document.cited) {
    lose(path + ".cited");
  }
  if (!document.context.empty()) { // it is about the document and for the model, so it stands before it
    write_text({}, text_part{.text = document.context}, path);
  }
  if (document.data_base64.empty() && document.url.empty() && document.file_id.empty()) {
    const std::string title = document.name.empty() ? std::string{} : document.name + "\n\n";
    write_text(title, text_part{.text = document.text, .citations = {}, .cache_mark = document.cache_mark}, path);
    return;
  }
  out_.open_object().key("type").text("file").key("file").open_object();
  if (!document.file_id.empty()) {
    out_.key("file_id").text(document.file_id);
    if (!document.name.empty()) {
      out_.key("filename").text(document.name);
    }
  } else {
    out_.key("filename").text(document.name.empty() ? k_unnamed_file : std::string_view{document.name});
    out_.key("file_data");
    write_source(out_, document);
  }
  out_.close_object();
  if (!write_cache_mark(out_, document.cache_mark, dialect_)) {
    lose(path + ".cache_mark");
  }
  out_.close_object();
}

void message_writer::write_result(const dialogue::tool_result_part& result, std::size_t place) {
  std::vector<text_part> json;
  std::vector<const text_part*> words;
  std::vector<const media_part*> media;
  for (std::size_t at = 0; at < result.content.size(); ++at) {
    if (const auto* text = std::get_if<text_part>(&result.content[at])) {
      words.push_back(text);
    } else if (const auto* medium = std::get_if<media_part>(&result.content[at]); dialect_.more_media) {
      media.push_back(medium);
    } else {
      waiting_.push_back({result.call_id, medium, fmt::format("{}.content[{}]", path_of(place), at)});
    }
  }
  if (!result.json.empty()) {
    json.push_back(text_part{.text = result.json});
    words.push_back(&json.front());
  }
  out_.open_object().key("role").text("tool").key("tool_call_id").text(result.call_id);
  if (!result.name.empty()) {
    out_.key("name").text(result.name);
  }
  // This format has no flag for a failure, and the model must know.
  const std::string_view prefix = !result.failed ? "" : words.empty() ? "Error" : "Error: ";
  const bool marked = dialect_.cache_marks != cache_mark_field::dropped &&
                      (result.cache_mark || (!words.empty() && words.back()->cache_mark));
  out_.key("content");
  if (words.size() <= 1 && media.empty() && !marked) {
    if (!words.empty() && words.front()->cache_mark) {
      lose(path_of(place) + ".cache_mark");
    }
    out_.text({prefix, words.empty() ? std::string_view{} : std::string_view{words.front()->text}});
  } else {
    out_.open_array();
    for (std::size_t at = 0; at < words.size(); ++at) {
      text_part one{.text = words[at]->text, .citations = {}, .cache_mark = words[at]->cache_mark};
      if (at + 1 == words.size() && result.cache_mark) {
        one.cache_mark = result.cache_mark;
      }
      write_text(at == 0 ? prefix : "", one, path_of(place));
    }
    for (const media_part* medium : media) {
      write_medium(*medium, path_of(place));
    }
    out_.close_array();
  }
  if (!marked && result.cache_mark) {
    lose(path_of(place) + ".cache_mark");
  }
  out_.close_object();
}

void message_writer::write_waiting() {
  if (waiting_.empty()) {
    return;
  }
  out_.open_object().key("role").text("user").key("content").open_array();
  std::string_view call;
  for (const waiting_medium& one : waiting_) {
    if (one.call_id != call || &one == &waiting_.front()) {
      call = one.call_id;
      out_.open_object().key("type").text("text").key("text");
      out_.text({"Returned by tool call ", call}).close_object();
    }
    write_medium(*one.medium, one.path);
  }
  out_.close_array().close_object();
  waiting_.clear();
}

} // namespace inferenceflow::codecs::openai_chat
