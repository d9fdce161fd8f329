// The members of message_writer that write what the model thought.
#include "codecs/openai_chat/message_write.h"
#include "codecs/openai_chat/reasoning_details.h"

namespace inferenceflow::codecs::openai_chat {

using dialogue::message;
using dialogue::part;
using dialogue::protocol;
using dialogue::reasoning_part;
using dialogue::text_part;
using dialogue::tool_call_part;

bool is_foreign(const reasoning_part& thought) noexcept {
  return thought.origin && *thought.origin != protocol::openai_chat;
}

namespace {

/// Gemini's signature of what is visible: a text or a call.
std::string_view visible_signature(const part& one) {
  if (const auto* words = std::get_if<text_part>(&one)) {
    return words->signature;
  }
  const auto* call = std::get_if<tool_call_part>(&one);
  return call == nullptr ? std::string_view{} : std::string_view{call->signature};
}

} // namespace

void message_writer::write_reasoning(const message& message) {
  if (dialect_.reasoning_details) {
    write_details(message);
    return;
  }
  for (std::size_t at = 0; at < message.parts.size(); ++at) {
    if (const auto* thought = std::get_if<reasoning_part>(&message.parts[at])) {
      if (is_foreign(*thought) || dialect_.history == history_reasoning::dropped) {
        lose(path_of(at));
      } else if (!thought->signature.empty() || !thought->redacted.empty()) {
        lose(path_of(at) + ".signature");
      }
    } else if (!visible_signature(message.parts[at]).empty()) {
      lose(path_of(at) + ".signature");
    }
  }
  write_plain_reasoning(message);
}

void message_writer::write_plain_reasoning(const message& message) {
  if (dialect_.history != history_reasoning::reasoning_content && dialect_.history != history_reasoning::reasoning) {
    return; // dropped, or among the content
  }
  std::string text;
  for (const part& one : message.parts) {
    const auto* thought = std::get_if<reasoning_part>(&one);
    if (thought != nullptr && !is_foreign(*thought) && !thought->text.empty()) {
      text.append(text.empty() ? "" : "\n\n").append(thought->text);
    }
  }
  if (!text.empty()) {
    out_.key(dialect_.history == history_reasoning::reasoning ? "reasoning" : "reasoning_content").text(text);
  }
}

void message_writer::write_details(const message& message) {
  std::vector<const reasoning_part*> thoughts;
  bool signs = false;
  for (const part& one : message.parts) {
    if (const auto* thought = std::get_if<reasoning_part>(&one)) {
      thoughts.push_back(thought);
      signs = signs || thought->origin || thought->summary || !thought->id.empty();
    } else {
      signs = signs || !visible_signature(one).empty();
    }
  }
  if (!signs && thoughts.size() < 2 && dialect_.history != history_reasoning::dropped) {
    write_plain_reasoning(message);
    return;
  }
  if (!signs && thoughts.empty()) {
    return;
  }
  out_.key("reasoning_details").open_array();
  std::int64_t index = 0;
  std::string_view text_signature;
  for (const part& one : message.parts) {
    if (const auto* thought = std::get_if<reasoning_part>(&one)) {
      write_entries(out_, *thought, index++);
    } else if (const auto* words = std::get_if<text_part>(&one); words != nullptr && !words->signature.empty()) {
      text_signature = words->signature;
    } else if (const auto* call = std::get_if<tool_call_part>(&one); call != nullptr && !call->signature.empty()) {
      write_proof_entry(out_, call->signature, true, call->id, protocol::gemini, index++);
    }
  }
  if (!text_signature.empty()) {
    write_proof_entry(out_, text_signature, false, {}, protocol::gemini, index);
  }
  out_.close_array();
}

} // namespace inferenceflow::codecs::openai_chat
