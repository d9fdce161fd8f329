#include "codecs/bedrock/message_write.h"

#include "codecs/bedrock/block_write.h"

#include <algorithm>
#include <cstdint>
#include <fmt/format.h>
#include <utility>

namespace inferenceflow::codecs::bedrock {

using namespace dialogue;

namespace {

/// Bedrock takes ids of up to 64 letters, digits and "_.:-"; both ends of a call are respelt alike.
std::string accepted_id(std::string_view id) {
  constexpr std::size_t k_bytes_max = 64;
  std::string spelt{id};
  std::replace_if(
      spelt.begin(), spelt.end(),
      [](char c) {
        return !((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.' ||
                 c == ':' || c == '-');
      },
      '_');
  if (spelt.size() > k_bytes_max) {           // what is cut off still tells two of them apart
    std::uint64_t mixed = 0xcbf29ce484222325; // FNV-1a
    for (const char c : id) {
      mixed = (mixed ^ static_cast<unsigned char>(c)) * 0x100000001b3;
    }
    const std::string rest = fmt::format("_{:016x}", mixed);
    spelt.resize(k_bytes_max - rest.size());
    spelt.append(rest);
  }
  return spelt;
}

} // namespace

std::string message_writer::place(std::string_view field) const {
  return fmt::format("messages[{}].parts[{}]{}{}", message_, part_, field.empty() ? "" : ".", field);
}

void message_writer::refuse(std::string_view field, std::string_view message) {
  if (!fault_) {
    const std::string where = place(field);
    fault_ = make_error(error_kind::invalid_request, fmt::format("{} {}", where, message), where);
  }
}

void message_writer::turn_to(std::string_view role) {
  wrote_block_ = true;
  if (role == open_role_) {
    return;
  }
  if (!open_role_.empty()) {
    out_.close_array().close_object();
  }
  open_role_ = role;
  if (!role.empty()) {
    out_.open_object().key("role").text(role).key("content").open_array();
  }
}

void message_writer::write_mark(const std::optional<cache_life>& mark) {
  if (mark && wrote_block_) {
    write_cache_point(*mark, out_);
  }
}

void message_writer::write_system() {
  bool any = false;
  for (const message& said : asked_.messages) {
    any = any || (said.who == role::system && !said.parts.empty());
  }
  if (!any) {
    return;
  }
  out_.key("system").open_array();
  bool leading = true;
  for (message_ = 0; message_ < asked_.messages.size(); ++message_) {
    const message& said = asked_.messages[message_];
    if (said.who != role::system) {
      leading = false;
      continue;
    }
    if (!leading) { // Converse has no place for it where it stood
      losses_.push_back(fmt::format("messages[{}].who", message_));
    }
    for (part_ = 0; part_ < said.parts.size(); ++part_) {
      const part& block = said.parts[part_];
      if (!std::holds_alternative<text_part>(block) && !std::holds_alternative<opaque_part>(block)) {
        refuse({}, "is nothing that a system message of Bedrock can hold: it takes text");
        continue;
      }
      std::visit([&](const auto& any_part) { write_part(any_part); }, block);
    }
  }
  out_.close_array();
  wrote_block_ = false;
}

void message_writer::write_messages() {
  if (asked_.messages.empty()) { // a prompt that Bedrock keeps brings its own
    return;
  }
  out_.key("messages").open_array();
  for (message_ = 0; message_ < asked_.messages.size(); ++message_) {
    const message& said = asked_.messages[message_];
    if (!said.name.empty()) {
      losses_.push_back(fmt::format("messages[{}].name", message_));
    }
    if (said.who == role::system) {
      continue;
    }
    wanted_role_ = said.who == role::assistant ? "assistant" : "user";
    for (part_ = 0; part_ < said.parts.size(); ++part_) {
      std::visit([&](const auto& block) { write_part(block); }, said.parts[part_]);
    }
  }
  turn_to({});
  out_.close_array();
}

void message_writer::write_part(const text_part& words) {
  if (!words.signature.empty()) {
    lose("signature");
  }
  if (!words.text.empty()) {
    turn_to(wanted_role_);
    const auto foreign = [](const citation& source) { return !is_own(source); };
    if (!words.citations.empty() && std::none_of(words.citations.begin(), words.citations.end(), foreign)) {
      write_cited_text(words, out_);
    } else {
      if (!words.citations.empty()) {
        lose("citations");
      }
      write_text(words.text, out_);
    }
  }
  write_mark(words.cache_mark);
}

bool message_writer::takes(const media_part& media) {
  const media_fault why = fault_of(media);
  if (!why.message.empty()) {
    refuse(why.field, why.message);
  }
  return why.message.empty();
}

std::string message_writer::next_document_name(const media_part& media) {
  if (media.kind != media_kind::document) {
    return {};
  }
  std::string name = document_name(media.name, documents_.size() + 1);
  if (std::find(documents_.begin(), documents_.end(), name) != documents_.end()) {
    name.append(fmt::format("-{}", documents_.size() + 1)); // Bedrock refuses two of one name
  }
  if (!media.name.empty() && name != media.name) {
    lose("name");
  }
  return documents_.emplace_back(std::move(name));
}

void message_writer::write_part(const media_part& media) {
  if (!takes(media)) {
    return;
  }
  if (!media.detail.empty()) {
    lose("detail");
  }
  turn_to(wanted_role_);
  write_media(media, next_document_name(media), out_);
  write_mark(media.cache_mark);
}

void message_writer::write_part(const tool_call_part& call) {
  if (call.custom) {
    refuse({}, "is a call of a custom tool, which Bedrock does not have");
    return;
  }
  if (!call.arguments.empty() && !is_json_object(call.arguments)) {
    refuse("arguments", "must be a JSON object");
    return;
  }
  if (!call.signature.empty()) {
    lose("signature");
  }
  turn_to(wanted_role_);
  write_tool_use(accepted_id(call.id), call.name, call.arguments.empty() ? std::string_view{"{}"} : call.arguments,
                 out_);
  write_mark(call.cache_mark);
}

void message_writer::write_result_content(const tool_result_part& result) {
  out_.key("content").open_array();
  if (!result.json.empty() && is_json_object(result.json)) {
    out_.open_object().key("json").raw(result.json).close_object();
  } else if (!result.json.empty()) {
    write_text(result.json, out_);
  }
  for (const auto& item : result.content) {
    if (const auto* words = std::get_if<text_part>(&item)) {
      if (words->cache_mark) {
        lose("content.cache_mark");
      }
      if (!words->text.empty()) {
        write_text(words->text, out_);
      }
      continue;
    }
    const auto& media = std::get<media_part>(item);
    if (media.kind == media_kind::audio) {
      refuse("content", "holds audio, which a tool's result cannot bring to Bedrock");
    } else if (takes(media)) {
      if (media.cache_mark) {
        lose("content.cache_mark");
      }
      write_media(media, next_document_name(media), out_);
    }
  }
  out_.close_array();
}

void message_writer::write_part(const tool_result_part& result) {
  turn_to(wanted_role_);
  out_.open_object().key("toolResult").open_object().key("toolUseId").text(accepted_id(result.call_id));
  write_result_content(result);
  if (result.failed) { // "success" is what its absence means, and not every model takes the field
    out_.key("status").text("error");
  }
  out_.close_object().close_object();
  write_mark(result.cache_mark);
}

void message_writer::write_part(const reasoning_part& thought) {
  const bool is_signed = !thought.signature.empty() || !thought.redacted.empty();
  const bool foreign = thought.origin && *thought.origin != protocol::bedrock;
  if (foreign || (!is_signed && !unsigned_thoughts_)) {
    lose({});
    return;
  }
  turn_to(wanted_role_);
  write_reasoning(thought.text, thought.signature, thought.redacted, out_);
}

void message_writer::write_part(const refusal_part& refusal) {
  if (!refusal.text.empty()) {
    turn_to(wanted_role_);
    write_text(refusal.text, out_);
  }
}

void message_writer::write_part(const opaque_part& block) {
  if (block.origin != protocol::bedrock || !is_json_object(block.json)) {
    refuse({}, fmt::format("is a block that Bedrock does not have: {}", block.type));
    return;
  }
  turn_to(wanted_role_);
  out_.raw(block.json);
}

} // namespace inferenceflow::codecs::bedrock
