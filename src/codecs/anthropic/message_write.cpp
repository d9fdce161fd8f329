#include "codecs/anthropic/message_write.h"

#include "codecs/anthropic/block_write.h"
#include "codecs/anthropic/media_write.h"

#include <algorithm>
#include <fmt/format.h>
#include <span>

namespace inferenceflow::codecs::anthropic {

using dialogue::message;
using dialogue::part;
using dialogue::protocol;
using dialogue::role;
using dialogue::text_part;

namespace {

/// Anthropic takes ids of letters, digits, '_' and '-' alone; both ends of a call are respelt alike.
std::string accepted_id(std::string_view id) {
  std::string spelt{id};
  std::replace_if(
      spelt.begin(), spelt.end(),
      [](char c) {
        return !((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-');
      },
      '_');
  return spelt;
}

/// Text that can stand as a plain string, or null.
const text_part* plain_text(const part& held) {
  const auto* words = std::get_if<text_part>(&held);
  return words != nullptr && !words->cache_mark && words->citations.empty() ? words : nullptr;
}

/// Writes one part as a block of a turn.
class block_writer {
public:
  block_writer(json_writer& out, loss_list& losses, std::string path, bool alone)
      : out_(out)
      , losses_(losses)
      , path_(std::move(path))
      , alone_(alone) {}

  void operator()(const text_part& words) const {
    if (!words.signature.empty()) {
      losses_.drop(path_ + ".signature");
    }
    if (words.text.empty() && !alone_) {
      return; // the API refuses empty text beside other blocks, and it says nothing
    }
    write_text(words);
  }
  void operator()(const dialogue::media_part& media) const { write_media(out_, media, path_, losses_); }
  void operator()(const dialogue::tool_call_part& call) const;
  void operator()(const dialogue::tool_result_part& result) const;
  void operator()(const dialogue::reasoning_part& thought) const {
    if (is_foreign_thought(thought)) {
      losses_.drop(path_);
    } else if (!thought.redacted.empty()) {
      write_redacted(out_, thought.redacted);
    } else {
      write_thinking(out_, thought.text, thought.signature);
    }
  }
  void operator()(const dialogue::refusal_part& refusal) const { write_text({.text = refusal.text}); }
  void operator()(const dialogue::opaque_part& block) const {
    if (block.origin != protocol::anthropic) {
      losses_.refuse(path_, fmt::format("is a {} block of another provider", block.type));
    } else if (!is_json_object(block.json)) {
      losses_.refuse(path_, "is not a JSON object");
    } else {
      out_.raw(block.json);
    }
  }

private:
  void write_text(const text_part& words) const;

  json_writer& out_;
  loss_list& losses_;
  std::string path_;
  bool alone_;
};

void block_writer::write_text(const text_part& words) const {
  out_.begin_object();
  out_.text("type", "text");
  out_.text("text", words.text);
  const auto own = [](const dialogue::citation& source) { return is_own_citation(source); };
  const bool all_own = std::all_of(words.citations.begin(), words.citations.end(), own);
  if (!words.citations.empty() && all_own) {
    out_.key("citations");
    out_.begin_array();
    for (const dialogue::citation& source : words.citations) {
      out_.raw(source.opaque);
    }
    out_.end_array();
  } else if (!all_own) {
    losses_.drop(path_ + ".citations"); // made-up ones would be refused
  }
  write_cache_mark(out_, words.cache_mark);
  out_.end_object();
}

void block_writer::operator()(const dialogue::tool_call_part& call) const {
  const auto input = input_object(call);
  if (!input) {
    losses_.refuse(path_ + ".arguments", "must be a JSON object");
    return;
  }
  if (call.custom) {
    losses_.drop(path_ + ".custom");
  }
  if (!call.signature.empty()) {
    losses_.drop(path_ + ".signature");
  }
  out_.begin_object();
  out_.text("type", "tool_use");
  out_.text("id", accepted_id(call.id));
  out_.text("name", call.name);
  out_.raw("input", *input);
  write_cache_mark(out_, call.cache_mark);
  out_.end_object();
}

void block_writer::operator()(const dialogue::tool_result_part& result) const {
  out_.begin_object();
  out_.text("type", "tool_result");
  out_.text("tool_use_id", accepted_id(result.call_id));
  const auto* only = result.content.size() == 1 ? std::get_if<text_part>(&result.content.front()) : nullptr;
  if (only != nullptr && !only->cache_mark && only->citations.empty()) {
    out_.text("content", only->text);
  } else if (!result.content.empty()) {
    out_.key("content");
    out_.begin_array();
    for (std::size_t i = 0; i < result.content.size(); ++i) {
      const block_writer inner{out_, losses_, fmt::format("{}.content[{}]", path_, i), result.content.size() == 1};
      std::visit(inner, result.content[i]);
    }
    out_.end_array();
  } else if (!result.json.empty()) {
    out_.text("content", result.json);
  }
  if (result.failed) {
    out_.flag("is_error", true);
  }
  write_cache_mark(out_, result.cache_mark);
  out_.end_object();
}

/// Messages that become one turn.
struct turn_range {
  std::size_t first;
  std::size_t last; ///< one behind
  std::string_view role_word;
};

class conversation_writer {
public:
  conversation_writer(json_writer& out, const dialogue::request& asked, const model_traits& traits, loss_list& losses)
      : out_(out)
      , messages_(asked.messages)
      , traits_(traits)
      , losses_(losses) {}

  void write() {
    std::size_t at = 0;
    while (at < messages_.size() && messages_[at].who == role::system) {
      ++at;
    }
    if (at > 0) {
      out_.key("system");
      write_content({0, at, "system"});
    }
    out_.key("messages");
    out_.begin_array();
    std::string_view before = "";
    while (at < messages_.size()) {
      const turn_range turn = turn_at(at, before);
      at = turn.last;
      if (falls_silent(turn)) {
        continue;
      }
      out_.begin_object();
      out_.text("role", turn.role_word);
      out_.key("content");
      write_content(turn);
      out_.end_object();
      before = turn.role_word;
    }
    out_.end_array();
  }

private:
  /// @param before  role of the turn written last; a system turn may follow a user's or another system turn.
  std::string_view word_of(std::size_t index, std::string_view before) {
    const message& said = messages_[index];
    if (said.who == role::assistant) {
      return "assistant";
    }
    if (said.who != role::system) {
      return "user";
    }
    const bool only_text = std::all_of(said.parts.begin(), said.parts.end(),
                                       [](const part& held) { return std::holds_alternative<text_part>(held); });
    if (!only_text || (traits_.system_turns && before != "assistant")) {
      return "system";
    }
    losses_.drop(fmt::format("messages[{}].who", index));
    return "user";
  }

  turn_range turn_at(std::size_t first, std::string_view before) {
    turn_range turn{first, first + 1, word_of(first, before)};
    while (turn.role_word == "user" && turn.last < messages_.size()) {
      const role next = messages_[turn.last].who;
      const role here = messages_[turn.last - 1].who;
      const bool users = next == role::tool || next == role::user;
      if (!users || (next != role::tool && here != role::tool)) {
        break;
      }
      ++turn.last;
    }
    return turn;
  }

  /// True when every part is left out: the API refuses a turn without content. An empty text is no loss.
  bool falls_silent(const turn_range& turn) {
    bool lost_thoughts = false;
    for (std::size_t i = turn.first; i < turn.last; ++i) {
      for (const part& held : messages_[i].parts) {
        const auto* thought = std::get_if<dialogue::reasoning_part>(&held);
        const auto* words = std::get_if<text_part>(&held);
        const bool says_nothing = words != nullptr && words->text.empty();
        if (!says_nothing && (thought == nullptr || !is_foreign_thought(*thought))) {
          return false;
        }
        lost_thoughts = lost_thoughts || thought != nullptr;
      }
    }
    if (lost_thoughts) {
      losses_.drop(fmt::format("messages[{}]", turn.first));
    }
    return true;
  }

  /// The parts of several messages as one content: a string where one plain text says it all.
  void write_content(const turn_range& turn) {
    std::size_t parts = 0;
    for (std::size_t i = turn.first; i < turn.last; ++i) {
      parts += messages_[i].parts.size();
      if (!messages_[i].name.empty()) {
        losses_.drop(fmt::format("messages[{}].name", i));
      }
    }
    const auto& opening = messages_[turn.first].parts;
    if (parts == 1 && opening.size() == 1 && plain_text(opening.front()) != nullptr &&
        plain_text(opening.front())->signature.empty()) {
      out_.text(plain_text(opening.front())->text);
      return;
    }
    out_.begin_array();
    for (std::size_t i = turn.first; i < turn.last; ++i) {
      for (std::size_t j = 0; j < messages_[i].parts.size(); ++j) {
        const block_writer block{out_, losses_, fmt::format("messages[{}].parts[{}]", i, j), parts == 1};
        std::visit(block, messages_[i].parts[j]);
      }
    }
    out_.end_array();
  }

  json_writer& out_;
  std::span<const message> messages_;
  const model_traits& traits_;
  loss_list& losses_;
};

} // namespace

bool is_foreign_thought(const dialogue::reasoning_part& thought) noexcept {
  return thought.origin != protocol::anthropic || (thought.signature.empty() && thought.redacted.empty());
}

void write_messages(json_writer& out, const dialogue::request& asked, const model_traits& traits, loss_list& losses) {
  conversation_writer{out, asked, traits, losses}.write();
}

} // namespace inferenceflow::codecs::anthropic
