#include "codecs/openai_chat/message_write.h"

#include "codecs/openai_chat/part_read.h"

#include <algorithm>
#include <fmt/format.h>

namespace inferenceflow::codecs::openai_chat {

using dialogue::media_kind;
using dialogue::message;
using dialogue::opaque_part;
using dialogue::part;
using dialogue::protocol;
using dialogue::reasoning_part;
using dialogue::refusal_part;
using dialogue::role;
using dialogue::text_part;
using dialogue::tool_call_part;

namespace {

template <class Part> std::size_t count_of(const message& in) {
  return static_cast<std::size_t>(std::count_if(in.parts.begin(), in.parts.end(),
                                                [](const part& one) { return std::holds_alternative<Part>(one); }));
}

bool is_message_field(const opaque_part& block) {
  return block.origin == protocol::openai_chat && block.type == k_message_audio;
}

/// One refusal, behind all other content, has a field of its own.
bool refusal_is_field(const message& of) {
  const part* last = nullptr;
  for (const part& one : of.parts) {
    last = std::holds_alternative<tool_call_part>(one) ? last : &one;
  }
  return count_of<refusal_part>(of) == 1 && last != nullptr && std::holds_alternative<refusal_part>(*last);
}

} // namespace

void note_loss(std::vector<std::string>& losses, std::string name) {
  if (std::find(losses.begin(), losses.end(), name) == losses.end()) {
    losses.push_back(std::move(name));
  }
}

bool write_cache_mark(json_out& out, const std::optional<dialogue::cache_life>& mark, const dialect& of) {
  if (!mark || of.cache_marks == cache_mark_field::dropped) {
    return !mark;
  }
  if (of.cache_marks == cache_mark_field::prompt_cache_breakpoint) {
    out.key("prompt_cache_breakpoint").open_object().key("mode").text("explicit").close_object();
    return true;
  }
  out.key("cache_control").open_object().key("type").text("ephemeral");
  if (*mark == dialogue::cache_life::hour_1) {
    out.key("ttl").text("1h");
  }
  out.close_object();
  return true;
}

std::string message_writer::path_of(std::size_t at) const {
  return fmt::format("messages[{}].parts[{}]", index_, at);
}

void message_writer::refuse(const std::string& path, std::string_view what) {
  if (!refused_) {
    refused_ = make_error(error_kind::invalid_request, fmt::format("{}: {}", path, what), path);
  }
}

void message_writer::write(const message& message, std::size_t index) {
  index_ = index;
  if (message.who != role::tool) {
    write_waiting();
  }
  switch (message.who) {
  case role::system: write_turn(message, "system"); break;
  case role::user: write_turn(message, "user"); break;
  case role::assistant: write_turn(message, "assistant"); break;
  case role::tool:
    for (std::size_t at = 0; at < message.parts.size(); ++at) {
      if (const auto* result = std::get_if<dialogue::tool_result_part>(&message.parts[at])) {
        write_result(*result, at);
      } else {
        refuse(path_of(at), "a tool's turn holds results only");
      }
    }
    break;
  }
}

void message_writer::write_turn(const message& message, std::string_view role) {
  const bool assistant = message.who == role::assistant;
  out_.open_object().key("role").text(role);
  if (!message.name.empty()) {
    if ((dialect_.without & field_message_name) == 0) {
      out_.key("name").text(message.name);
    } else {
      lose(fmt::format("messages[{}].name", index_));
    }
  }
  if (assistant) {
    write_reasoning(message);
  }
  write_content(message, assistant);
  if (assistant) {
    write_calls(message);
    write_beside(message);
  }
  out_.close_object();
}

bool message_writer::is_content(const part& one, const message& message) const {
  if (const auto* block = std::get_if<opaque_part>(&one)) {
    return !is_message_field(*block);
  }
  if (std::holds_alternative<refusal_part>(one)) {
    return !refusal_is_field(message);
  }
  if (const auto* thought = std::get_if<reasoning_part>(&one)) {
    return message.who == role::assistant && dialect_.history == history_reasoning::thinking_parts &&
           !is_foreign(*thought) && !thought->text.empty();
  }
  if (std::holds_alternative<dialogue::media_part>(one)) {
    return message.who != role::assistant;
  }
  return std::holds_alternative<text_part>(one);
}

void message_writer::write_content(const message& message, bool assistant) {
  std::vector<std::size_t> content;
  for (std::size_t at = 0; at < message.parts.size(); ++at) {
    const part& one = message.parts[at];
    if (is_content(one, message)) {
      content.push_back(at);
    } else if (std::holds_alternative<dialogue::tool_result_part>(one) ||
               (!assistant && std::holds_alternative<tool_call_part>(one))) {
      refuse(path_of(at), "this part does not belong into this turn");
    } else if (!assistant && std::holds_alternative<reasoning_part>(one)) {
      lose(path_of(at));
    }
  }
  out_.key("content");
  if (content.empty()) {
    const bool only_calls = count_of<tool_call_part>(message) + count_of<refusal_part>(message) > 0;
    only_calls ? out_.null() : out_.text("");
    return;
  }
  if (const auto* only = std::get_if<text_part>(&message.parts[content.front()]);
      content.size() == 1 && only != nullptr &&
      (!only->cache_mark || dialect_.cache_marks == cache_mark_field::dropped)) {
    if (only->cache_mark) {
      lose(path_of(content.front()) + ".cache_mark");
    }
    lose_citations(*only, path_of(content.front()));
    out_.text(only->text);
    return;
  }
  out_.open_array();
  for (const std::size_t at : content) {
    const part& one = message.parts[at];
    if (const auto* words = std::get_if<text_part>(&one)) {
      write_text({}, *words, path_of(at));
    } else if (const auto* medium = std::get_if<dialogue::media_part>(&one)) {
      write_medium(*medium, path_of(at));
    } else if (const auto* refusal = std::get_if<refusal_part>(&one)) {
      out_.open_object().key("type").text("refusal").key("refusal").text(refusal->text).close_object();
    } else if (const auto* thought = std::get_if<reasoning_part>(&one)) {
      out_.open_object().key("type").text("thinking").key("thinking").open_array();
      out_.open_object().key("type").text("text").key("text").text(thought->text).close_object();
      out_.close_array().close_object();
    } else if (const auto* block = std::get_if<opaque_part>(&one)) {
      if (block->origin == protocol::openai_chat && is_json(block->json)) {
        out_.raw(block->json);
      } else {
        refuse(path_of(at),
               fmt::format("a block of type '{}' has no form in the Chat Completions format", block->type));
      }
    }
  }
  out_.close_array();
}

void message_writer::lose_citations(const text_part& words, const std::string& path) {
  if (!words.citations.empty()) {
    lose(path + ".citations"); // annotations are of answers only
  }
}

void message_writer::write_text(std::string_view prefix, const text_part& words, const std::string& path) {
  out_.open_object().key("type").text("text").key("text").text({prefix, words.text});
  if (!write_cache_mark(out_, words.cache_mark, dialect_)) {
    lose(path + ".cache_mark");
  }
  lose_citations(words, path);
  out_.close_object();
}

void message_writer::write_calls(const message& message) {
  bool open = false;
  for (std::size_t at = 0; at < message.parts.size(); ++at) {
    const auto* call = std::get_if<tool_call_part>(&message.parts[at]);
    if (call == nullptr) {
      continue;
    }
    if (call->cache_mark) {
      lose(path_of(at) + ".cache_mark");
    }
    if (!open) {
      out_.key("tool_calls").open_array();
      open = true;
    }
    const std::string_view kind = call->custom ? "custom" : "function";
    out_.open_object().key("id").text(call->id).key("type").text(kind).key(kind).open_object();
    out_.key("name").text(call->name).key(call->custom ? "input" : "arguments").text(call->arguments);
    out_.close_object().close_object();
  }
  if (open) {
    out_.close_array();
  }
}

/// What stands beside the content: refusal, audio, images.
void message_writer::write_beside(const message& message) {
  bool images = false;
  for (std::size_t at = 0; at < message.parts.size(); ++at) {
    const part& one = message.parts[at];
    if (const auto* refusal = std::get_if<refusal_part>(&one); refusal != nullptr && refusal_is_field(message)) {
      out_.key("refusal").text(refusal->text);
    } else if (const auto* block = std::get_if<opaque_part>(&one); block != nullptr && is_message_field(*block)) {
      out_.key("audio").raw(block->json);
    } else if (const auto* medium = std::get_if<dialogue::media_part>(&one)) {
      if (!dialect_.more_media || medium->kind != media_kind::image) {
        refuse(path_of(at), "an assistant's message cannot hold media");
        continue;
      }
      if (!images) {
        out_.key("images").open_array();
        images = true;
      }
      write_medium(*medium, path_of(at));
    }
  }
  if (images) {
    out_.close_array();
  }
}

} // namespace inferenceflow::codecs::openai_chat
