#include "codecs/openai_responses/input_write.h"

#include "codecs/openai_responses/data_url.h"
#include "codecs/openai_responses/item_write.h"

#include <fmt/format.h>
#include <variant>

namespace inferenceflow::codecs::openai_responses {

using dialogue::media_kind;
using dialogue::media_part;
using dialogue::text_part;

namespace {

bool is_content(const dialogue::part& one) {
  return std::holds_alternative<text_part>(one) || std::holds_alternative<media_part>(one) ||
         std::holds_alternative<dialogue::refusal_part>(one);
}

bool is_bare(const text_part& words, bool marks) {
  return words.citations.empty() && !(marks && words.cache_mark.has_value());
}

std::string_view item_role(dialogue::role who) {
  switch (who) {
  case dialogue::role::system: return "system";
  case dialogue::role::assistant: return "assistant";
  default: return "user";
  }
}

/// OpenAI wants a name beside the bytes, and takes the type from it where the bytes do not say.
std::string file_name(const media_part& media) {
  if (!media.name.empty()) {
    return media.name;
  }
  return media.data_base64.empty()
             ? "document.txt"
             : fmt::format("document.{}",
                           media.media_type.empty() ? std::string_view{"bin"} : subtype_of(media.media_type));
}

} // namespace

const text_part* as_instructions(const dialogue::message& said) noexcept {
  const bool alone = said.who == dialogue::role::system && said.parts.size() == 1;
  const auto* words = alone ? std::get_if<text_part>(&said.parts.front()) : nullptr;
  return words != nullptr && !words->text.empty() && !words->cache_mark && words->citations.empty() ? words : nullptr;
}

void input_writer::lose(std::string_view field) {
  losses_.push_back(fmt::format("{}.{}", place_, field));
}

void input_writer::refuse(std::string_view why) {
  if (!refusal_) {
    refusal_ = make_error(error_kind::invalid_request, fmt::format("{} {}", place_, why), place_);
  }
}

void input_writer::write(const dialogue::message& said, std::size_t index) {
  place_ = fmt::format("messages[{}]", index);
  if (!said.name.empty()) {
    lose("name");
  }
  if (said.parts.empty() && said.who != dialogue::role::assistant && said.who != dialogue::role::tool) {
    write_content(said, 0, 0);
  }
  for (std::size_t at = 0; at < said.parts.size();) {
    std::size_t end = at;
    while (end < said.parts.size() && is_content(said.parts[end])) {
      ++end;
    }
    place_ = fmt::format("messages[{}].parts[{}]", index, at);
    if (end > at) {
      if (said.who == dialogue::role::tool) {
        refuse("is no tool result");
      }
      write_content(said, at, end);
      at = end;
      continue;
    }
    write_part(said.parts[at]);
    ++at;
  }
}

void input_writer::write_part(const dialogue::part& one) {
  if (const auto* call = std::get_if<dialogue::tool_call_part>(&one)) {
    write_call(*call);
  } else if (const auto* result = std::get_if<dialogue::tool_result_part>(&one)) {
    write_result(*result);
  } else if (const auto* thought = std::get_if<dialogue::reasoning_part>(&one)) {
    write_reasoning(*thought);
  } else if (const auto* block = std::get_if<dialogue::opaque_part>(&one)) {
    write_opaque(*block);
  }
}

void input_writer::write_content(const dialogue::message& said, std::size_t begin, std::size_t end) {
  const bool assistant = said.who == dialogue::role::assistant;
  const std::string message = place_.substr(0, place_.find('.'));
  to_.open('{');
  to_.text_field("type", "message");
  to_.text_field("role", item_role(said.who));
  to_.key("content");
  const auto* words = end - begin == 1 ? std::get_if<text_part>(&said.parts[begin]) : nullptr;
  if (words != nullptr && is_bare(*words, marks_)) {
    to_.text(words->text);
    drop_mark(words->cache_mark);
    if (!words->signature.empty()) {
      lose("signature");
    }
  } else {
    to_.open('[');
    for (std::size_t at = begin; at < end; ++at) {
      place_ = fmt::format("{}.parts[{}]", message, at);
      write_content_part(said.parts[at], assistant);
    }
    to_.close(']');
  }
  to_.close('}');
}

void input_writer::write_content_part(const dialogue::part& one, bool assistant) {
  if (const auto* words = std::get_if<text_part>(&one)) {
    write_text(*words, assistant ? "output_text" : "input_text");
  } else if (const auto* media = std::get_if<media_part>(&one)) {
    if (assistant) {
      refuse("is media of the assistant, which this protocol cannot carry");
    }
    write_media(*media);
  } else if (const auto* refusal = std::get_if<dialogue::refusal_part>(&one)) {
    to_.open('{');
    to_.text_field("type", assistant ? "refusal" : "input_text");
    to_.text_field(assistant ? "refusal" : "text", refusal->text);
    to_.close('}');
  }
}

void input_writer::write_text(const text_part& words, std::string_view type) {
  to_.open('{');
  to_.text_field("type", type);
  to_.text_field("text", words.text);
  if (!words.citations.empty()) {
    std::vector<std::string> unsaid;
    to_.key("annotations");
    to_.open('[');
    for (const dialogue::citation& source : words.citations) {
      (void)write_annotation(to_, source, words.text, unsaid);
    }
    to_.close(']');
    if (!unsaid.empty()) {
      lose("citations");
    }
  }
  write_mark(words.cache_mark);
  to_.close('}');
  if (!words.signature.empty()) {
    lose("signature");
  }
}

void input_writer::write_mark(const std::optional<dialogue::cache_life>& mark) {
  if (!marks_) {
    drop_mark(mark);
  } else if (mark) {
    to_.key("prompt_cache_breakpoint");
    to_.open('{');
    to_.text_field("mode", "explicit");
    if (*mark == dialogue::cache_life::hour_1) {
      to_.text_field("ttl", "12h");
    }
    to_.close('}');
  }
}

void input_writer::drop_mark(const std::optional<dialogue::cache_life>& mark) {
  if (mark) {
    lose("cache_mark");
  }
}

void input_writer::write_media(const media_part& media) {
  to_.open('{');
  switch (media.kind) {
  case media_kind::image: write_image(media); break;
  case media_kind::document: write_file(media); break;
  case media_kind::audio: write_audio(media); break;
  case media_kind::video: refuse("is a video, which this protocol cannot carry"); break;
  }
  to_.close('}');
  if (!media.context.empty()) {
    lose("context");
  }
  if (media.cited) {
    lose("cited");
  }
}

/// The bytes as a data URL; without a type as they are.
void input_writer::write_data(const media_part& media) {
  if (media.media_type.empty()) {
    to_.text(media.data_base64);
    return;
  }
  std::string url;
  url.reserve(media.data_base64.size() + media.media_type.size() + 16);
  url.append("data:").append(media.media_type).append(";base64,").append(media.data_base64);
  to_.text(url);
}

void input_writer::write_image(const media_part& media) {
  to_.text_field("type", "input_image");
  if (!media.file_id.empty()) {
    to_.text_field("file_id", media.file_id);
  } else if (!media.url.empty()) {
    to_.text_field("image_url", media.url);
  } else if (!media.media_type.empty()) {
    to_.key("image_url");
    write_data(media);
  } else {
    refuse("needs a media type");
  }
  if (!media.detail.empty()) {
    to_.text_field("detail", media.detail);
  }
  if (!media.name.empty()) {
    lose("name");
  }
  write_mark(media.cache_mark);
}

void input_writer::write_file(const media_part& media) {
  to_.text_field("type", "input_file");
  if (!media.file_id.empty()) {
    to_.text_field("file_id", media.file_id);
  } else if (!media.url.empty()) {
    to_.text_field("file_url", media.url);
  } else if (!media.data_base64.empty()) {
    to_.key("file_data");
    write_data(media);
  } else {
    to_.text_field("file_data", "data:text/plain;base64," + base64_of(media.text));
  }
  if (media.file_id.empty() && media.url.empty()) {
    to_.text_field("filename", file_name(media));
  } else if (!media.name.empty()) {
    to_.text_field("filename", media.name);
  }
  if (!media.detail.empty()) {
    to_.text_field("detail", media.detail);
  }
  write_mark(media.cache_mark);
}

void input_writer::write_audio(const media_part& media) {
  const std::string_view subtype = subtype_of(media.media_type);
  const std::string_view format = subtype == "mpeg" ? "mp3" : subtype == "x-wav" ? "wav" : subtype;
  if (media.data_base64.empty() || (format != "mp3" && format != "wav")) {
    refuse("must be mp3 or wav, given as bytes: this protocol carries no other audio");
  }
  to_.text_field("type", "input_audio");
  to_.key("input_audio");
  to_.open('{');
  to_.text_field("data", media.data_base64);
  to_.text_field("format", format);
  to_.close('}');
  drop_mark(media.cache_mark);
}

void input_writer::write_call(const dialogue::tool_call_part& call) {
  if (call.custom) {
    custom_calls_.insert(call.id);
  }
  to_.open('{');
  to_.text_field("type", call.custom ? "custom_tool_call" : "function_call");
  to_.text_field("call_id", call.id);
  to_.text_field("name", call.name);
  to_.text_field(call.custom ? "input" : "arguments", call.arguments);
  to_.close('}');
  if (!call.signature.empty()) {
    lose("signature");
  }
  drop_mark(call.cache_mark);
}

void input_writer::write_result(const dialogue::tool_result_part& result) {
  to_.open('{');
  to_.text_field("type", custom_calls_.contains(result.call_id) ? "custom_tool_call_output" : "function_call_output");
  to_.text_field("call_id", result.call_id);
  to_.key("output");
  const auto* words = result.content.size() == 1 ? std::get_if<text_part>(&result.content.front()) : nullptr;
  if (result.content.empty()) {
    to_.text(result.json);
  } else if (words != nullptr && result.json.empty() && is_bare(*words, marks_) && !words->text.empty()) {
    to_.text(words->text);
    drop_mark(words->cache_mark);
  } else {
    to_.open('[');
    if (!result.json.empty()) {
      write_text({.text = result.json}, "input_text");
    }
    for (const auto& one : result.content) {
      if (const auto* text = std::get_if<text_part>(&one)) {
        write_text(*text, "input_text");
      } else {
        write_media(std::get<media_part>(one));
      }
    }
    to_.close(']');
  }
  to_.close('}');
  if (result.failed) {
    lose("failed"); // the text says it, to the model
  }
  drop_mark(result.cache_mark);
}

void input_writer::write_reasoning(const dialogue::reasoning_part& thought) {
  if (thought.origin != dialogue::protocol::openai_responses) {
    losses_.push_back(place_);
    return;
  }
  const auto write_pieces = [&](std::string_view field, std::string_view type, bool any) {
    to_.key(field);
    to_.open('[');
    if (any) {
      to_.open('{');
      to_.text_field("type", type);
      to_.text_field("text", thought.text);
      to_.close('}');
    }
    to_.close(']');
  };
  to_.open('{');
  to_.text_field("type", "reasoning");
  if (!thought.id.empty()) {
    to_.text_field("id", thought.id);
  }
  write_pieces("summary", "summary_text", thought.summary);
  if (!thought.summary && !thought.text.empty()) {
    write_pieces("content", "reasoning_text", true);
  }
  if (!thought.redacted.empty()) {
    to_.text_field("encrypted_content", thought.redacted);
  }
  to_.close('}');
  if (!thought.signature.empty()) {
    lose("signature");
  }
}

void input_writer::write_opaque(const dialogue::opaque_part& block) {
  const auto json =
      block.origin == dialogue::protocol::openai_responses ? one_line_json(block.json) : std::optional<std::string>{};
  if (json) {
    to_.raw(*json);
  } else {
    refuse(fmt::format("is a {} block, which only the protocol that it comes from can carry", block.type));
  }
}

} // namespace inferenceflow::codecs::openai_responses
