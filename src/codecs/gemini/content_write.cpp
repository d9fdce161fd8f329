#include "codecs/gemini/content_write.h"

#include "codecs/gemini/part_read.h"
#include "codecs/gemini/thinking.h"
#include "dialogue/json_view.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <fmt/format.h>
#include <utility>

namespace inferenceflow::codecs::gemini {

using dialogue::message;
using dialogue::protocol;
using dialogue::role;

namespace {

/// MIME types of links whose sender named none; Gemini wants one.
constexpr std::array<std::pair<std::string_view, std::string_view>, 12> k_endings = {{
    {".png", "image/png"},
    {".jpg", "image/jpeg"},
    {".jpeg", "image/jpeg"},
    {".webp", "image/webp"},
    {".gif", "image/gif"},
    {".heic", "image/heic"},
    {".pdf", "application/pdf"},
    {".txt", "text/plain"},
    {".mp3", "audio/mp3"},
    {".wav", "audio/wav"},
    {".mp4", "video/mp4"},
    {".webm", "video/webm"},
}};

bool has_error(std::string_view json) {
  dialogue::json_document document;
  const dialogue::json_view root = document.parse(json);
  return root.is_object() && root.member("error").present();
}

std::string_view media_type_of(const dialogue::media_part& media) {
  if (!media.media_type.empty()) {
    return media.media_type;
  }
  const std::string_view path = std::string_view{media.url}.substr(0, media.url.find_first_of("?#"));
  for (const auto& [ending, type] : k_endings) {
    if (path.size() > ending.size() && path.substr(path.size() - ending.size()) == ending) {
      return type;
    }
  }
  return {};
}

/// Writes the parts of messages, and knows where it is for the names of faults and losses.
class message_writer {
public:
  message_writer(json_out& out, const std::vector<message>& messages, std::string_view model, write_notes& notes)
      : out_(out)
      , messages_(messages)
      , notes_(notes)
      , signs_calls_(thinking_style_of(model) == thinking_style::level) {}

  void write_parts(std::size_t index) {
    index_ = index;
    call_was_written_ = false;
    for (part_ = 0; part_ < messages_[index].parts.size(); ++part_) {
      std::visit(*this, messages_[index].parts[part_]);
    }
  }

  void operator()(const dialogue::text_part& words) {
    note_mark(words.cache_mark.has_value());
    if (!words.citations.empty()) {
      notes_.losses.add(place("citations"));
    }
    if (!words.text.empty() || !words.signature.empty()) {
      write_text(out_, words.text, false, words.signature);
    }
  }
  void operator()(const dialogue::refusal_part& refusal) { write_text(out_, refusal.text, false, {}); }
  void operator()(const dialogue::reasoning_part& thought) {
    if (thought.origin.value_or(protocol::gemini) != protocol::gemini || !thought.redacted.empty()) {
      notes_.losses.add(place());
    } else if (!thought.text.empty() || !thought.signature.empty()) {
      write_text(out_, thought.text, true, thought.signature);
    }
  }
  void operator()(const dialogue::tool_call_part& call) {
    note_mark(call.cache_mark.has_value());
    bool altered = false;
    const std::string arguments = arguments_object(call.arguments, call.custom, altered);
    if (altered && !call.custom) {
      notes_.refuse(place("arguments"), "must be a JSON object");
    } else if (altered) {
      notes_.losses.add(place("custom"));
    }
    // Gemini 3 refuses a step whose first call bears no signature, as calls of other models do.
    const bool unsigned_step = signs_calls_ && !call_was_written_ && call.signature.empty();
    write_call(out_, call.id, call.name, arguments, unsigned_step ? k_no_signature : std::string_view{call.signature});
    call_was_written_ = true;
  }
  void operator()(const dialogue::media_part& media) { write_media(media, place()); }
  void operator()(const dialogue::opaque_part& block) {
    const auto json = block.origin == protocol::gemini ? embeddable(block.json, json_shape::object) : std::nullopt;
    if (!json) {
      notes_.refuse(place(), fmt::format("is a block of another protocol ({}) that Gemini does not know", block.type));
      return;
    }
    out_.raw(*json);
  }
  void operator()(const dialogue::tool_result_part& result);

private:
  [[nodiscard]] std::string place(std::string_view field = {}) const {
    return field.empty() ? fmt::format("messages[{}].parts[{}]", index_, part_)
                         : fmt::format("messages[{}].parts[{}].{}", index_, part_, field);
  }
  void note_mark(bool marked) {
    if (marked) {
      notes_.losses.add(place("cache_mark"));
    }
  }
  void write_media(const dialogue::media_part& media, const std::string& where);
  void note_media_losses(const dialogue::media_part& media, const std::string& where);
  void write_response(const dialogue::tool_result_part& result);
  [[nodiscard]] std::string name_of_call(const dialogue::tool_result_part& result) const;

  json_out& out_;
  const std::vector<message>& messages_;
  write_notes& notes_;
  bool signs_calls_;
  bool call_was_written_ = false;
  std::size_t index_ = 0;
  std::size_t part_ = 0;
};

void message_writer::note_media_losses(const dialogue::media_part& media, const std::string& where) {
  const std::array<std::pair<std::string_view, bool>, 5> dropped = {{{"name", !media.name.empty()},
                                                                     {"context", !media.context.empty()},
                                                                     {"detail", !media.detail.empty()},
                                                                     {"cited", media.cited},
                                                                     {"cache_mark", media.cache_mark.has_value()}}};
  for (const auto& [field, is_set] : dropped) {
    if (is_set) {
      notes_.losses.add(fmt::format("{}.{}", where, field));
    }
  }
}

void message_writer::write_media(const dialogue::media_part& media, const std::string& where) {
  note_media_losses(media, where);
  if (!media.data_base64.empty()) {
    if (media.media_type.empty()) {
      notes_.refuse(where + ".media_type", "is missing, and Gemini wants it");
    }
    write_inline(out_, media.media_type, media.data_base64);
  } else if (!media.url.empty()) {
    if (media.url.substr(0, 8) != "https://" && media.url.substr(0, 7) != "http://") {
      notes_.refuse(where + ".url", "must begin with https:// or http://");
    }
    write_file(out_, media_type_of(media), media.url);
  } else if (!media.file_id.empty()) {
    if (media.file_id.find("://") == std::string::npos && media.file_id.substr(0, 6) != "files/") {
      notes_.refuse(where + ".file_id", "names a file of another provider");
    }
    write_file(out_, media.media_type, media.file_id);
  } else {
    write_inline(out_, media.media_type.empty() ? "text/plain" : std::string_view{media.media_type},
                 base64_of(media.text));
  }
}

/// Gemini answers calls by name: the result's, else that of the latest call with its id.
std::string message_writer::name_of_call(const dialogue::tool_result_part& result) const {
  if (!result.name.empty()) {
    return result.name;
  }
  for (std::size_t i = index_ + 1; i-- > 0;) {
    for (const dialogue::part& part : messages_[i].parts) {
      const auto* call = std::get_if<dialogue::tool_call_part>(&part);
      if (call != nullptr && call->id == result.call_id) {
        return call->name;
      }
    }
  }
  return {};
}

void message_writer::write_response(const dialogue::tool_result_part& result) {
  std::string text;
  for (const auto& piece : result.content) {
    if (const auto* words = std::get_if<dialogue::text_part>(&piece)) {
      text.append(text.empty() ? "" : "\n").append(words->text);
    }
  }
  const auto json = result.json.empty() ? std::nullopt : embeddable(result.json, json_shape::any);
  if (!result.json.empty() && !json) {
    notes_.refuse(place("json"), "is not valid JSON");
    return;
  }
  const std::string_view key = result.failed ? "error" : "output";
  if (json && text.empty() && json->front() == '{' && (!result.failed || has_error(*json))) {
    out_.raw(*json);
    return;
  }
  out_.open_object();
  if (json && !text.empty()) {
    out_.key(key);
    out_.open_array();
    out_.raw(*json);
    out_.value(std::string_view{text});
    out_.close_array();
  } else if (json) {
    out_.member_raw(key, *json);
  } else if (!text.empty() || result.failed) {
    out_.member(key, std::string_view{text});
  }
  out_.close_object();
}

void message_writer::operator()(const dialogue::tool_result_part& result) {
  note_mark(result.cache_mark.has_value());
  const std::string name = name_of_call(result);
  if (name.empty()) {
    notes_.refuse(place("call_id"), "names no earlier tool call");
  }
  out_.open_object();
  out_.key("functionResponse");
  out_.open_object();
  out_.member_unless_empty("id", result.call_id);
  out_.member("name", std::string_view{name});
  out_.key("response");
  write_response(result);
  const auto is_media = [](const auto& piece) { return std::holds_alternative<dialogue::media_part>(piece); };
  if (std::any_of(result.content.begin(), result.content.end(), is_media)) {
    out_.key("parts");
    out_.open_array();
    for (std::size_t i = 0; i < result.content.size(); ++i) {
      if (is_media(result.content[i])) {
        write_media(std::get<dialogue::media_part>(result.content[i]), fmt::format("{}.content[{}]", place(), i));
      }
    }
    out_.close_array();
  }
  out_.close_object();
  out_.close_object();
}

bool says_nothing(const dialogue::part& part) {
  if (const auto* words = std::get_if<dialogue::text_part>(&part)) {
    return words->text.empty() && words->signature.empty();
  }
  if (const auto* thought = std::get_if<dialogue::reasoning_part>(&part)) {
    return thought->origin.value_or(protocol::gemini) != protocol::gemini || !thought->redacted.empty() ||
           (thought->text.empty() && thought->signature.empty());
  }
  return false;
}

/// Gemini refuses a turn without parts.
bool is_empty(const message& of) {
  return std::all_of(of.parts.begin(), of.parts.end(), says_nothing);
}

} // namespace

void write_notes::refuse(std::string field, std::string_view why) {
  if (!fault) {
    std::string message = fmt::format("{} {}", field, why);
    fault = make_error(error_kind::invalid_request, std::move(message), std::move(field));
  }
}

namespace {

/// Writes one turn after the other; tool results that follow each other share one.
class turn_writer {
public:
  turn_writer(json_out& out, message_writer& parts)
      : out_(out)
      , parts_(parts) {}

  void write(const message& turn, std::size_t index) {
    if (!open_ || last_ != role::tool || turn.who != role::tool) {
      close();
      if (is_empty(turn)) {
        write_nothing_said(turn);
      } else {
        open(turn.who);
      }
    }
    parts_.write_parts(index); // an empty turn may still have losses to name
    last_ = turn.who;
  }

  void finish() {
    close();
    if (!any_) {
      // A conversation of system messages alone: Gemini wants a turn, and answers to an empty one.
      write_nothing_said({.who = role::user, .parts = {dialogue::text_part{}}});
    }
  }

private:
  void open(role who) {
    out_.open_object();
    out_.member("role", who == role::assistant ? "model" : "user");
    out_.key("parts");
    out_.open_array();
    open_ = any_ = true;
  }
  void close() {
    if (open_) {
      out_.close_array();
      out_.close_object();
      open_ = false;
    }
  }
  /// A turn whose parts were all dropped goes with them; one that says nothing stays.
  void write_nothing_said(const message& turn) {
    const auto is_text = [](const dialogue::part& part) { return std::holds_alternative<dialogue::text_part>(part); };
    if (std::any_of(turn.parts.begin(), turn.parts.end(), is_text)) {
      open(turn.who);
      write_text(out_, {}, false, {});
      close();
    }
  }

  json_out& out_;
  message_writer& parts_;
  role last_ = role::user;
  bool open_ = false;
  bool any_ = false;
};

} // namespace

void write_messages(json_out& out, const std::vector<message>& messages, std::string_view model, write_notes& notes) {
  message_writer parts{out, messages, model, notes};
  std::size_t at = 0;
  while (at < messages.size() && messages[at].who == role::system) {
    ++at;
  }
  if (!std::all_of(messages.begin(), messages.begin() + static_cast<std::ptrdiff_t>(at), is_empty)) {
    out.key("systemInstruction");
    out.open_object();
    out.key("parts");
    out.open_array();
    for (std::size_t i = 0; i < at; ++i) {
      parts.write_parts(i);
    }
    out.close_array();
    out.close_object();
  }
  out.key("contents");
  out.open_array();
  turn_writer turns{out, parts};
  for (; at < messages.size(); ++at) {
    if (messages[at].who == role::system) {
      notes.losses.add(fmt::format("messages[{}].role", at));
    }
    turns.write(messages[at], at);
  }
  turns.finish();
  out.close_array();
  for (std::size_t i = 0; i < messages.size(); ++i) {
    if (!messages[i].name.empty()) {
      notes.losses.add(fmt::format("messages[{}].name", i));
    }
  }
}

} // namespace inferenceflow::codecs::gemini
